"""The search in the dashboard and the management API: try it, rebuild it, watch it."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from chatbot.models import ProductVector, SearchIndex
from chatbot.tasks import index_store
from hiwelink.accounts.models import User
from tests.commerce.people import owner_of
from tests.factories import make_product, make_store, make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(client):
    store = make_store(currency="USD", name="Nordlicht")
    make_product(store, "1", name="Storm rain jacket", price=90, tags=["<b>rain"])
    make_product(store, "2", name="Wool beanie", price=20)
    index_store(store.pk)
    client.force_login(owner_of(store))
    return store


def test_the_ranking_is_shown_with_its_reasons(client, store):
    page = client.get(f"/dashboard/stores/{store.uid}/products/search/?q=rain jackets")
    content = page.content.decode()
    assert page.status_code == 200
    assert "Storm rain jacket" in content
    assert "cosine 0." in content
    assert "lexical " in content
    assert "<mark>rain</mark>" in content
    assert "<mark>jackets</mark>" in content


def test_what_was_understood_is_shown(client, store):
    page = client.get(
        f"/dashboard/stores/{store.uid}/products/search/?q=jakket under $50"
    )
    content = page.content.decode()
    assert "Max price 50.00" in content
    assert "read as" in content
    assert "nearest matches at other prices" in content


def test_questions_are_shown_as_text(client, store):
    page = client.get(
        f"/dashboard/stores/{store.uid}/products/search/", {"q": '"><b>qwertzy\x00'}
    )
    assert page.status_code == 200
    assert "<b>qwertzy" not in page.content.decode()
    page = client.get(f"/dashboard/stores/{store.uid}/products/search/?q=pizza")
    assert "Nothing found" in page.content.decode()


def test_the_empty_page_says_what_there_is_to_find(client, store):
    address = f"/dashboard/stores/{store.uid}/products/search/"
    assert "2 products" in client.get(address).content.decode()
    empty = make_store(owner_of(store))
    address = f"/dashboard/stores/{empty.uid}/products/search/"
    assert "No products yet" in client.get(address).content.decode()
    products = client.get(f"/dashboard/stores/{store.uid}/products/").content.decode()
    assert f"/dashboard/stores/{store.uid}/products/search/" in products


def test_the_button_has_every_product_embedded_anew(client, store):
    before = ProductVector.objects.get(product__external_id="1").embedded_at
    detail = f"/dashboard/stores/{store.uid}/"
    assert "Re-embed Products" in client.get(detail).content.decode()
    assert client.post(f"{detail}reembed/").status_code == 302
    assert "0 of 2 embedded anew" in client.get(f"{detail}live/").content.decode()
    assert "every 2s" in client.get(f"{detail}live/").content.decode()
    assert index_store(store.pk) == "2 products indexed, 2 embedded"
    assert ProductVector.objects.get(product__external_id="1").embedded_at > before
    assert "embedded anew" not in client.get(f"{detail}live/").content.decode()
    assert index_store(store.pk) == "0 products indexed, 0 embedded"


def test_a_problem_of_the_model_is_shown(client, store):
    SearchIndex.objects.filter(store=store).update(problem="The quota is used up.")
    page = client.get(f"/dashboard/stores/{store.uid}/").content.decode()
    assert "The quota is used up. Until then products are found by their words." in page


def test_strangers_and_viewers_may_not(client, store):
    pages = (f"/dashboard/stores/{store.uid}/products/search/",)
    act = f"/dashboard/stores/{store.uid}/reembed/"
    assert client.get(act).status_code == 405
    client.logout()
    assert client.get(pages[0]).status_code == 302
    client.force_login(make_user())
    assert client.get(pages[0]).status_code == 404
    assert client.post(act).status_code == 404
    viewer = viewer_of(store)
    client.force_login(viewer)
    assert client.get(pages[0]).status_code == 200
    assert client.post(act).status_code == 403


def viewer_of(store) -> User:
    user = make_user()
    store.workspace.memberships.create(user=user, role="viewer")
    return user


def test_the_api_has_every_product_embedded_anew(store):
    address = f"/api/v1/stores/{store.uid}/reembed/"
    asked = Client().post(address, **make_token(owner_of(store)))
    assert (asked.status_code, asked.json()) == (
        202,
        {"status": "queued", "products": 2},
    )
    assert SearchIndex.objects.get(store=store).is_rebuilding
    assert Client().post(address).status_code == 401
    assert Client().post(address, **make_token(make_user())).status_code == 404
    assert Client().post(address, **make_token(viewer_of(store))).status_code == 403
    shown = Client().get(f"/api/v1/stores/{store.uid}/", **make_token(owner_of(store)))
    assert shown.json()["counts"]["embedded"] == 2


def test_reembed_store_on_the_command_line(store, capsys):
    call_command("reembed_store", str(store.uid))
    assert "queued" in capsys.readouterr().out
    call_command("reembed_store", str(store.uid), "--wait")
    assert "2 products indexed, 2 embedded" in capsys.readouterr().out
    for nonsense in ("nonsense", "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(CommandError, match=nonsense):
            call_command("reembed_store", nonsense)


def test_evaluate_retrieval_prints_figures_by_recipe(store, tmp_path, capsys):
    questions, judgements = tmp_path / "q.tsv", tmp_path / "j.tsv"
    questions.write_text("a\train jacket\nb\tbeanie\nc\tnobody judged this\n")
    judgements.write_text("a\t1\t1.0\nb\t2\t0.5\nc\t1\t0\n")
    arguments = [str(store.uid), "--questions", questions, "--judgements", judgements]
    call_command(
        "evaluate_retrieval", *arguments, "--compare", "lexical", "fused",
        "--weights", "0.01",
    )  # fmt: skip
    out = capsys.readouterr().out
    assert "Nordlicht: 2 questions" in out
    assert out.count("1.000   1.000") >= 3
    assert "fused minus lexical: +0.000 NDCG@10" in out
    assert "fused, weight 0.01" in out
    judgements.write_text("a\t1\n")
    with pytest.raises(CommandError, match="Line 1 of .* has 2 columns"):
        call_command("evaluate_retrieval", *arguments)


def test_an_index_that_is_being_built_counts_what_is_done(store):
    index = SearchIndex.objects.get(store=store)
    assert not index.is_busy
    index.rebuild_since = index.embedded_through + timedelta(seconds=1)
    index.save()
    assert index.is_rebuilding
    assert index.rebuilt == 0
    assert json.dumps(index.is_busy) == "true"
