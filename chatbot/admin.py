"""Staff pages of chatbots and what was said. Shoppers' e-mail addresses stay masked."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from chatbot.emails import take_out
from chatbot.models import Chatbot, Conversation, MerchantAnswer, Message
from hiwelink.admin import ReadOnlyAdmin, link_to, link_to_list, pretty

SHOWN = 200  # messages of one conversation


@admin.register(Chatbot)
class ChatbotAdmin(ReadOnlyAdmin):
    """What the merchant set up; a chatbot that does harm can be switched off."""

    list_display = ["name", "store_", "is_active", "conversations_", "created_at"]
    list_filter = ["is_active", "created_at"]
    list_select_related = ["store"]
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
        for chatbot in chatbots:
            chatbot.is_active = is_active
            chatbot.save(update_fields=["is_active", "updated_at"])
            word = "on" if is_active else "off"
            self.log_change(request, chatbot, f"Switched {word}.")
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
        "role",
        "text_",
        "answered_by",
        "is_answered",
        "rating",
        "error_code",
        "duration_ms",
    ]
    list_filter = ["role", "answered_by", "is_answered", "rating", "error_code"]
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


def masked(message: Message) -> str:
    return take_out(message.text)[0]
