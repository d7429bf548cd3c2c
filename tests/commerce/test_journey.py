"""The next step is always named: connect, map, sync, embed, chatbot, go live."""

import pytest

from chatbot.models import Chatbot, Conversation
from commerce.journey import chatbots_of, journey_of
from commerce.services.lifecycle import disconnect_store
from tests.commerce.people import owner_of
from tests.factories import make_product, make_run, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


def states(store, embedded=0) -> list[str]:
    products = store.products.count()
    stages = journey_of(
        store, products=products, embedded=embedded, chatbots=chatbots_of(store)
    )
    return [stage.state for stage in stages]


def test_a_store_goes_all_the_way(store):
    assert states(store) == ["done", "done", "now", "later", "later", "later"]
    run = make_run(store, status="running")
    assert states(store)[2] == "busy"
    run.status = "succeeded"
    run.save()
    make_product(store)
    assert states(store) == ["done", "done", "done", "busy", "later", "later"]
    assert states(store, 1) == ["done", "done", "done", "done", "now", "later"]
    bot = Chatbot.objects.create(store=store, name="Bot")
    assert states(store, 1)[4:] == ["done", "now"]
    Conversation.objects.create(chatbot=bot)
    assert set(states(store, 1)) == {"done"}


def test_skipped_products_lead_to_the_mapping(store):
    make_run(store, status="partial", skipped=3)
    make_product(store)
    stage = journey_of(store, products=1, embedded=1, chatbots=[])[1]
    assert (stage.state, stage.url) == (
        "now",
        f"/dashboard/stores/{store.uid}/mapping/",
    )
    assert stage.detail.startswith("3 products were skipped")


def test_a_disconnected_store_is_connected_first(store):
    make_product(store)
    disconnect_store(store)
    assert states(store) == ["now", "done", "done", "later", "later", "later"]


def test_the_page_names_the_next_step_until_there_is_none(client, store):
    client.force_login(owner_of(store))
    url = f"/dashboard/stores/{store.uid}/"
    assert "No product has arrived yet" in client.get(url).content.decode()
    html = client.get(url + "live/").content.decode()
    assert 'aria-current="step"' in html
