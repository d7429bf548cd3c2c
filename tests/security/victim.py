"""A merchant with one of everything, and the addresses of it all."""

from __future__ import annotations

from chatbot.models import Chatbot, Conversation, MerchantAnswer, Message
from commerce.models import Order
from hiwelink.accounts.services import create_api_token, token_handle
from hiwelink.teams.services.invitations import invite
from tests.factories import make_order, make_product, make_run, make_store, make_user
from tests.security.routes import Route
from webhooks.models import Delivery

CANARY = "Victoria's Vault"


def make_victim() -> dict[str, object]:
    """A merchant with one of everything; returns {parameter: its value}."""
    user = make_user("victoria@example.com", name=CANARY)
    store = make_store(user, name=CANARY)
    run = make_run(store, status="failed")
    product = make_product(store, name=CANARY)
    order = make_order(store, customer_name=CANARY)
    delivery = Delivery.objects.create(
        store=store, endpoint="products", event="product.updated", status="applied",
        is_replayable=True, body=b"{}", external_id=product.external_id,
    )  # fmt: skip
    chatbot = Chatbot.objects.create(store=store, name=CANARY)
    talk = Conversation.objects.create(chatbot=chatbot)
    Message.objects.create(conversation=talk, role="shopper", text=CANARY)
    answer = MerchantAnswer.objects.create(
        chatbot=chatbot, question=CANARY, text=CANARY
    )
    create_api_token(user, name=CANARY)
    invitation = invite(
        store.workspace, email="guest@example.com", role="viewer", by=user
    )
    return {
        "store": store.uid,
        "workspace": store.workspace.uid,
        "chatbot": chatbot.uid,
        "run_uid": run.uid,
        "run_id": run.uid,
        "product_uid": product.uid,
        "order_uid": order.uid,
        "delivery_uid": delivery.uid,
        "delivery_id": delivery.uid,
        "store_id": store.uid,
        "chatbot_id": chatbot.uid,
        "chatbot_uid": chatbot.uid,
        "conversation_uid": talk.uid,
        "answer_uid": answer.uid,
        "public_id": chatbot.public_id,
        "external_id": product.external_id,
        "kind": "csv",
        "invitation_uid": invitation.uid,
        "member_id": user.memberships.get().pk,
        "handle": token_handle(user.auth_token_set.get()),
    }


def values_for(route: Route, victim: dict[str, object]) -> dict[str, object]:
    """Fill in the route; `uid` is whatever the part of the product is about."""
    parts = {
        "dashboard/stores/": "store",
        "dashboard/chatbots/": "chatbot",
        "account/team/": "workspace",
    }
    subject = next((v for k, v in parts.items() if route.pattern.startswith(k)), "")
    values = victim | {"uid": victim.get(subject)}
    if "orders/" in route.pattern:
        values["external_id"] = Order.objects.latest("pk").external_id
    unknown = [name for name in route.parameters if values.get(name) is None]
    assert not unknown, f"{route.pattern}: say in this test what {unknown} stands for."
    return values
