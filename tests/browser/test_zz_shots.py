import pytest, json
from datetime import timedelta
from django.utils import timezone
from tests.browser.conftest import PHONE, DESKTOP
from tests.commerce.people import owner_of
from tests.factories import make_store
from tests.webhooks.conftest import Sender
from webhooks.models import Delivery, ThrottledHour
@pytest.mark.parametrize("scheme", ["light","dark"])
@pytest.mark.parametrize("name,size", [("desk",DESKTOP),("phone",PHONE)])
def test_shots(visit, scheme, name, size):
    store = make_store(name="Cairn & Kettle")
    s = Sender(store)
    s.product("created")(id="prod_1", name="Lamp", price=10, description="x")
    s.product("updated")(id="prod_1", name="Lamp", price=12.5, stock_status="maybe")
    s.product("updated")(id="prod_9")
    s.order("created")(id="order_1", customer_email="a@example.com")
    s.post("products", b"{oops")
    s.post("sync", {"products": [{"id": i, "name": f"P{i}"} for i in range(9)] + [{"id": 3}]})
    now = timezone.now()
    import random; random.seed(3)
    Delivery.objects.bulk_create(Delivery(store=store, endpoint="products", event="product.updated", status=random.choice(["applied"]*8+["refused","failed"]), received_at=now-timedelta(hours=random.randint(1,23)), http_status=200, duration_ms=9, external_id=f"prod_{i}") for i in range(150))
    ThrottledHour.objects.create(store=store, hour=now.replace(minute=0,second=0,microsecond=0)-timedelta(hours=3), count=12)
    v = visit(owner_of(store), size=size, scheme=scheme)
    root = f"/dashboard/stores/{store.uid}/webhooks/"
    v.open(root).screenshot(path=f"/tmp/docs/hook-list-{name}-{scheme}.png")
    d = store.deliveries.filter(status="applied", event="product.updated").exclude(changes={}).first()
    v.open(f"{root}{d.uid}/").screenshot(path=f"/tmp/docs/hook-detail-{name}-{scheme}.png", full_page=True)
    v.open(f"{root}signing/").screenshot(path=f"/tmp/docs/hook-sign-{name}-{scheme}.png")
    v.open(f"{root}replay/").screenshot(path=f"/tmp/docs/hook-replay-{name}-{scheme}.png")
    assert not v.is_wider_than_the_screen()
