"""A store HiWelink can connect to: the three endpoints, then the shop's own pages.

Run it in this folder with `uvicorn main:app --port 8001` (README.md has the settings).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

import demo
import store_api
import storefront
from database import HERE, db


@asynccontextmanager
async def prepare(app: FastAPI) -> AsyncIterator[None]:
    db.build()
    yield


app = FastAPI(title="Cairn & Kettle", lifespan=prepare)
app.include_router(store_api.router)
app.include_router(demo.router)
app.include_router(storefront.router)
app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
