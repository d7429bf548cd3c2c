"""Chatbots in the management API: list, make, read, change, delete."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot import selectors
from chatbot.api.management.serializers import (
    ChatbotChangesInputSerializer,
    ChatbotInputSerializer,
    ChatbotOutputSerializer,
)
from chatbot.models import Chatbot
from chatbot.services import chatbots
from commerce.api import access
from commerce.api.base import ListView, invalid, read_body
from commerce.api.schema import LIST_PARAMETERS, page_of, with_errors
from commerce.models import Store
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act

CHATBOT_ID = OpenApiParameter(
    "chatbot_id",
    OpenApiTypes.UUID,
    OpenApiParameter.PATH,
    description="A chatbot's `id`, which is not its `public_id`.",
)
OF_STORE = OpenApiParameter(
    "store", OpenApiTypes.UUID, description="Only those of the store with this `id`."
)
NO_SUCH_STORE = "There is no such store. Name one by the id that `stores/` shows."


def chatbot_for(request: Request, chatbot_id: str) -> Chatbot:
    """The chatbot of that id, to look at. Raises NotFound."""
    user, uid = access.user_of(request), access.parse_uid(chatbot_id)
    chatbot = selectors.find_chatbot(user, uid)
    if chatbot is None:
        raise exceptions.NotFound
    return chatbot


def editable_chatbot_for(request: Request, chatbot_id: str) -> Chatbot:
    """The chatbot of that id, to change. Raises NotFound or PermissionDenied."""
    chatbot = chatbot_for(request, chatbot_id)
    access.check_may_edit(request, chatbot.store)
    return chatbot


def note(request: Request, chatbot: Chatbot, act: Act) -> None:
    """Write a sensitive act into the audit log of the chatbot's workspace."""
    record_act(request, chatbot.store.workspace, act, chatbot.name)


def store_of(request: Request, store_id: str) -> Store:
    """The store a new chatbot is for; an unknown one is an error of the field."""
    try:
        return access.editable_store_for(request, store_id)
    except exceptions.NotFound:
        raise invalid({"store": NO_SUCH_STORE}) from None


class ChatbotListView(ListView):
    @extend_schema(
        operation_id="chatbots_list",
        tags=["chatbots"],
        parameters=[OF_STORE, *LIST_PARAMETERS],
        responses=with_errors({200: page_of(ChatbotOutputSerializer)}, 401, 404),
    )
    def get(self, request: Request) -> Response:
        """The chatbots of every store the user sees, by name; of one, if told."""
        rows = selectors.chatbots_of(access.user_of(request)).order_by("name", "id")
        if told := request.query_params.get("store"):
            rows = rows.filter(store=access.store_for(request, told))
        page = self.take_page(rows)
        return self.answer_page(ChatbotOutputSerializer(page, many=True).data)

    @extend_schema(
        operation_id="chatbots_create",
        tags=["chatbots"],
        request=ChatbotInputSerializer,
        responses=with_errors({201: ChatbotOutputSerializer}, 400, 401, 403),
    )
    def post(self, request: Request) -> Response:
        """Make a chatbot of a store."""
        values = dict(read_body(request, ChatbotInputSerializer).validated_data)
        store = store_of(request, values.pop("store"))
        try:
            chatbot = chatbots.create_chatbot(store, values)
        except chatbots.InvalidChatbot as error:
            raise invalid(error.errors) from None
        note(request, chatbot, Act.CHATBOT_CREATED)
        body = ChatbotOutputSerializer(chatbot).data
        return Response(body, status=status.HTTP_201_CREATED)


class ChatbotView(APIView):
    @extend_schema(
        operation_id="chatbots_read",
        tags=["chatbots"],
        parameters=[CHATBOT_ID],
        responses=with_errors({200: ChatbotOutputSerializer}, 401, 404),
    )
    def get(self, request: Request, chatbot_id: str) -> Response:
        """One chatbot."""
        return Response(ChatbotOutputSerializer(chatbot_for(request, chatbot_id)).data)

    @extend_schema(
        operation_id="chatbots_change",
        tags=["chatbots"],
        parameters=[CHATBOT_ID],
        request=ChatbotChangesInputSerializer,
        responses=with_errors({200: ChatbotOutputSerializer}, 400, 401, 403, 404),
    )
    def patch(self, request: Request, chatbot_id: str) -> Response:
        """Change settings; what is left out stays."""
        chatbot = editable_chatbot_for(request, chatbot_id)
        body = read_body(request, ChatbotChangesInputSerializer, chatbot=chatbot)
        try:
            chatbots.update_chatbot(chatbot, body.validated_data)
        except chatbots.InvalidChatbot as error:
            raise invalid(error.errors) from None
        note(request, chatbot, Act.CHATBOT_CHANGED)
        return Response(ChatbotOutputSerializer(chatbot).data)

    @extend_schema(
        operation_id="chatbots_delete",
        tags=["chatbots"],
        parameters=[CHATBOT_ID],
        responses=with_errors(
            {204: OpenApiResponse(description="It is gone, with its conversations.")},
            401,
            403,
            404,
        ),
    )
    def delete(self, request: Request, chatbot_id: str) -> Response:
        """Remove the chatbot and its conversations; its widget disappears."""
        chatbot = editable_chatbot_for(request, chatbot_id)
        note(request, chatbot, Act.CHATBOT_DELETED)
        chatbots.delete_chatbot(chatbot)
        return Response(status=status.HTTP_204_NO_CONTENT)
