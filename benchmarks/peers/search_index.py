"""python -m benchmarks.peers.search_index CHORUS [COUNT]: load, index and embed.

COUNT: of how many products, spread evenly over the collection; all without it. Prints
a line of JSON: the store's key and its chatbot's public id.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

django.setup()

from benchmarks.peers.collection import read_products, save_products
from chatbot.embedders import current_embedder
from chatbot.indexing import index_words
from chatbot.models import Chatbot
from chatbot.vectors import embed_store
from tests.factories import make_store


def main() -> None:
    products = read_products(Path(sys.argv[1]))
    count = int(sys.argv[2]) if sys.argv[2:] else len(products)
    places = (number * len(products) // count for number in range(count))
    store = make_store(currency="USD")
    save_products(store, [products[place] for place in places])
    index_words(store)
    while embed_store(store, current_embedder(), seconds=600):
        pass
    chatbot = Chatbot.objects.create(store=store, name="Bench")
    told = {"store": store.pk, "chatbot": str(chatbot.public_id), "products": count}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
