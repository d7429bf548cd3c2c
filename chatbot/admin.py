"""Staff pages of chatbots and what was said. Shoppers' e-mail addresses stay masked."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from chatbot.emails import take_out
from chatbot.models import (
    Chatbot,
    Conversation,
    MerchantAnswer,
    Message,
    ProductVector,
    SearchDocument,
    SearchIndex,
    SearchTerm,
)
from chatbot.services.chatbots import update_chatbot
from chatbot.vectors import request_rebuild
from hiwelink.admin import ReadOnlyAdmin, link_to, link_to_list, pretty
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act

SHOWN = 200  # messages of one conversation


@admin.register(Chatbot)
class ChatbotAdmin(ReadOnlyAdmin):
    """What the merchant set up; a chatbot that does harm can be switched off."""

    list_display = ["name", "store_", "is_active", "conversations_", "created_at"]
    list_filter = ["is_active", "created_at"]
    list_select_related = ["store__workspace"]
    search_fields = ["name", "=uid", "=public_id", "store__name", "=store__uid"]
    ordering = ["-id"]
    actions = ["switch_off", "switch_on"]
    exclude = ["store"]
    readonly_fields = ["store_", "conversations_"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chatbot]:
        rows: QuerySet[Chatbot] = super().get_queryset(request)
        return rows.annotate(talks=Count("conversations"))

    @admin.display(description="store", ordering="store__name")
    def store_(self, chatbot: Chatbot) -> SafeString | str:
        return link_to(chatbot.store)

    @admin.display(description="conversations", ordering="talks")
    def conversations_(self, chatbot: Chatbot) -> SafeString:
        count = chatbot.talks  # type: ignore[attr-defined]
        return link_to_list(Conversation, count, chatbot__id__exact=chatbot.pk)

    @admin.action(description="Switch off", permissions=["act"])
    def switch_off(self, request: HttpRequest, chatbots: QuerySet[Chatbot]) -> None:
        self.switch(request, chatbots, is_active=False)

    @admin.action(description="Switch on", permissions=["act"])
    def switch_on(self, request: HttpRequest, chatbots: QuerySet[Chatbot]) -> None:
        self.switch(request, chatbots, is_active=True)

    def switch(
        self, request: HttpRequest, chatbots: QuerySet[Chatbot], *, is_active: bool
    ) -> None:
        word = "on" if is_active else "off"
        for chatbot in chatbots:
            update_chatbot(chatbot, {"is_active": is_active})
            self.log_change(request, chatbot, f"Switched {word}.")
            record_act(
                request,
                chatbot.store.workspace,
                Act.CHATBOT_CHANGED,
                chatbot.name,
                f"switched {word} by staff",
            )
        messages.success(request, f"{len(chatbots)} chatbots changed.")

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chatbot.change_chatbot")


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ["uid", "chatbot_", "messages_", "last_message_at"]
    list_filter = ["last_message_at"]
    list_select_related = ["chatbot"]
    search_fields = ["=uid", "=chatbot__uid", "=chatbot__public_id", "chatbot__name"]
    ordering = ["-id"]
    fields = ["uid", "chatbot_", "created_at", "last_message_at", "said"]
    readonly_fields = ["chatbot_", "said"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.annotate(count=Count("messages"))

    @admin.display(description="chatbot", ordering="chatbot__name")
    def chatbot_(self, conversation: Conversation) -> SafeString | str:
        return link_to(conversation.chatbot)

    @admin.display(description="messages", ordering="count")
    def messages_(self, conversation: Conversation) -> SafeString:
        count = conversation.count  # type: ignore[attr-defined]
        return link_to_list(Message, count, conversation__id__exact=conversation.pk)

    @admin.display(description="what was said")
    def said(self, conversation: Conversation) -> SafeString:
        rows = conversation.messages.order_by("id")[:SHOWN]
        return format_html_join(
            "",
            "<p>{} {}: {}</p>",
            (
                (f"{row.created_at:%H:%M:%S}", row.get_role_display(), masked(row))
                for row in rows
            ),
        )


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at",
        "conversation_",
        "role",
        "text_",
        "answered_by",
        "is_answered",
        "rating",
        "error_code",
        "duration_ms",
    ]
    list_filter = [
        "role",
        "answered_by",
        "is_answered",
        "rating",
        ("error_code", admin.EmptyFieldListFilter),
        "created_at",
    ]
    list_select_related = ["conversation"]
    search_fields = ["=uid", "=conversation__uid", "=conversation__chatbot__uid"]
    ordering = ["-id"]
    exclude = ["text", "conversation", "question", "grounds", "merchant_answer"]
    readonly_fields = ["conversation_", "text_", "grounds_"]

    @admin.display(description="conversation")
    def conversation_(self, message: Message) -> SafeString | str:
        return link_to(message.conversation)

    @admin.display(description="text")
    def text_(self, message: Message) -> str:
        return masked(message)

    @admin.display(description="what it stood on")
    def grounds_(self, message: Message) -> SafeString:
        return pretty(message.grounds)


@admin.register(MerchantAnswer)
class MerchantAnswerAdmin(ReadOnlyAdmin):
    list_display = ["question", "chatbot_", "is_active", "created_at"]
    list_filter = ["is_active", "created_at"]
    list_select_related = ["chatbot"]
    search_fields = ["question", "text", "=chatbot__uid"]
    ordering = ["-id"]
    exclude = ["chatbot", "vector", "created_by"]
    readonly_fields = ["chatbot_"]

    @admin.display(description="chatbot", ordering="chatbot__name")
    def chatbot_(self, answer: MerchantAnswer) -> SafeString | str:
        return link_to(answer.chatbot)


@admin.register(SearchIndex)
class SearchIndexAdmin(ReadOnlyAdmin):
    """How far the index of each store is, and why it stands still."""

    list_display = [
        "store_",
        "documents_",
        "model",
        "is_up_to_date",
        "changed_at",
        "problem",
    ]
    list_filter = ["model", "uses_graph", "changed_at"]
    list_select_related = ["store"]
    search_fields = ["store__name", "=store__uid"]
    ordering = ["-store_id"]
    actions = ["reembed"]
    exclude = ["store"]
    readonly_fields = ["store_", "documents_", "is_up_to_date"]

    @admin.display(description="store", ordering="store__name")
    def store_(self, index: SearchIndex) -> SafeString | str:
        return link_to(index.store)

    @admin.display(description="documents", ordering="documents")
    def documents_(self, index: SearchIndex) -> SafeString:
        return link_to_list(SearchDocument, index.documents, store__id__exact=index.pk)

    @admin.display(description="up to date", boolean=True)
    def is_up_to_date(self, index: SearchIndex) -> bool:
        return not index.is_rebuilding and not index.problem

    @admin.action(description="Re-embed every product", permissions=["act"])
    def reembed(self, request: HttpRequest, indexes: QuerySet[SearchIndex]) -> None:
        for index in indexes:
            request_rebuild(index.store)
            self.log_change(request, index, "Re-embedding every product.")
        messages.success(
            request,
            f"{len(indexes)} stores are being embedded anew, in the background.",
        )

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chatbot.change_searchindex")


@admin.register(SearchDocument)
class SearchDocumentAdmin(ReadOnlyAdmin):
    """What of a product is searched; its words are numbers here."""

    list_display = ["product_", "store_", "price", "currency", "in_stock", "indexed_at"]
    list_filter = ["in_stock", "on_sale", "indexed_at"]
    list_select_related = ["product", "store"]
    search_fields = ["=product__external_id", "=product__uid", "=store__uid"]
    ordering = ["-product_id"]
    exclude = ["product", "store", "terms", "term_ids", "text_hash"]
    readonly_fields = ["product_", "store_"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SearchDocument]:
        rows: QuerySet[SearchDocument] = super().get_queryset(request)
        return rows.defer("terms", "term_ids", "product__raw", "product__description")

    @admin.display(description="product", ordering="product__name")
    def product_(self, document: SearchDocument) -> SafeString | str:
        return link_to(document.product)

    @admin.display(description="store", ordering="store__name")
    def store_(self, document: SearchDocument) -> SafeString | str:
        return link_to(document.store)


@admin.register(ProductVector)
class ProductVectorAdmin(ReadOnlyAdmin):
    """Which model knows a product, and since when."""

    list_display = ["product_", "store_", "model", "embedded_at", "in_graph"]
    list_filter = ["in_graph", "embedded_at"]
    list_select_related = ["product", "store"]
    search_fields = ["=product__external_id", "=product__uid", "=store__uid"]
    ordering = ["-id"]
    fields = ["product_", "store_", "model", "embedded_at", "in_graph"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductVector]:
        rows: QuerySet[ProductVector] = super().get_queryset(request)
        return rows.defer("vector", "product__raw", "product__description")

    @admin.display(description="product")
    def product_(self, vector: ProductVector) -> SafeString | str:
        return link_to(vector.product)

    @admin.display(description="store")
    def store_(self, vector: ProductVector) -> SafeString | str:
        return link_to(vector.store)


@admin.register(SearchTerm)
class SearchTermAdmin(ReadOnlyAdmin):
    """The words a store's catalogue is searched by."""

    list_display = ["word", "spelling", "documents", "store_"]
    list_select_related = ["store"]
    search_fields = ["=spelling", "=word", "=store__uid"]
    ordering = ["-id"]
    fields = ["word", "spelling", "documents", "store_"]

    @admin.display(description="store")
    def store_(self, term: SearchTerm) -> SafeString | str:
        return link_to(term.store)


def masked(message: Message) -> str:
    return take_out(message.text)[0]
