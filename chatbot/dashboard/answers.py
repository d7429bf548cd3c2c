"""The merchant's own answers, and the questions that wait for one."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from chatbot.dashboard.access import (
    get_chatbot_or_404,
    get_own_chatbot_or_403,
    note,
    render_chatbot,
)
from chatbot.models import Chatbot, MerchantAnswer
from chatbot.services.merchant_answers import (
    MAX_QUESTION,
    MAX_TEXT,
    InvalidAnswer,
    add_answer,
    unanswered_questions,
    update_answer,
)
from commerce.views.access import user_of
from commerce.views.undo import offer_undo
from hiwelink.teams.models import Act

PAGE = 50
GROUPS = 20  # of unanswered questions, the most asked ones


class AnswerForm(forms.Form):
    question = forms.CharField(
        label="Question",
        help_text="As a shopper would ask it. Others that ask the same are recognised.",
        max_length=MAX_QUESTION,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    text = forms.CharField(
        label="Your answer",
        help_text="Shoppers read exactly these words.",
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def add_answer_errors(self, error: InvalidAnswer) -> None:
        for field, sentence in error.errors.items():
            self.add_error(field, sentence)


class AnswerEditForm(AnswerForm):
    is_active = forms.BooleanField(
        label="Use this answer",
        help_text="Without the tick it is kept, but shoppers do not get it.",
        required=False,
    )


@login_required
@require_safe
def answer_list(request: HttpRequest, chatbot_uid: UUID) -> HttpResponse:
    """What was asked in vain, grouped; then the answers there are."""
    chatbot = get_chatbot_or_404(request, chatbot_uid)
    answers = (
        chatbot.merchant_answers.defer("vector")
        .annotate(uses=Count("messages"))
        .order_by("-id")
    )
    groups = unanswered_questions([chatbot])
    return render_chatbot(
        request,
        "chatbot/answer_list.html",
        chatbot,
        groups=groups[:GROUPS],
        more_groups=max(0, len(groups) - GROUPS),
        page=Paginator(answers, PAGE).get_page(request.GET.get("page")),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer_create(request: HttpRequest, chatbot_uid: UUID) -> HttpResponse:
    """A form that may begin with ?question=; the answer is used from then on."""
    chatbot = get_own_chatbot_or_403(request, chatbot_uid)
    if request.method != "POST":
        asked = request.GET.get("question", "").replace("\x00", "")[:MAX_QUESTION]
        return show_form(request, chatbot, AnswerForm(initial={"question": asked}))
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            answer = add_answer(chatbot, user=user_of(request), **form.cleaned_data)
        except InvalidAnswer as error:
            form.add_answer_errors(error)
        else:
            note(request, chatbot, Act.CHATBOT_CHANGED, f"answer to “{answer}”")
            messages.success(
                request, "From now on shoppers who ask this get your answer."
            )
            return redirect("answer-list", chatbot.uid)
    return show_form(request, chatbot, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer_edit(
    request: HttpRequest, chatbot_uid: UUID, answer_uid: UUID
) -> HttpResponse:
    chatbot = get_own_chatbot_or_403(request, chatbot_uid)
    answer = answer_or_404(chatbot, answer_uid)
    if request.method != "POST":
        now = {name: getattr(answer, name) for name in AnswerEditForm.base_fields}
        return show_form(request, chatbot, AnswerEditForm(initial=now), answer)
    form = AnswerEditForm(request.POST)
    if form.is_valid():
        try:
            update_answer(answer, **form.cleaned_data)
        except InvalidAnswer as error:
            form.add_answer_errors(error)
        else:
            note(request, chatbot, Act.CHATBOT_CHANGED, f"answer to “{answer}”")
            messages.success(request, "Your answer is changed.")
            return redirect("answer-list", chatbot.uid)
    return show_form(request, chatbot, form, answer)


@login_required
@require_POST
def answer_delete(
    request: HttpRequest, chatbot_uid: UUID, answer_uid: UUID
) -> HttpResponse:
    chatbot = get_own_chatbot_or_403(request, chatbot_uid)
    answer = answer_or_404(chatbot, answer_uid)
    answer.delete()
    note(request, chatbot, Act.CHATBOT_CHANGED, f"answer to “{answer}” deleted")
    if not answer.is_active:  # brought back, it would be in use
        messages.success(request, "Your answer is deleted.")
        return redirect("answer-list", chatbot.uid)
    offer_undo(
        request,
        "Your answer is deleted.",
        reverse("answer-create", args=[chatbot.uid]),
        question=answer.question,
        text=answer.text,
    )
    return redirect("answer-list", chatbot.uid)


def show_form(
    request: HttpRequest,
    chatbot: Chatbot,
    form: AnswerForm,
    answer: MerchantAnswer | None = None,
) -> HttpResponse:
    return render_chatbot(
        request, "chatbot/answer_form.html", chatbot, form=form, answer=answer
    )


def answer_or_404(chatbot: Chatbot, uid: UUID) -> MerchantAnswer:
    answer = chatbot.merchant_answers.filter(uid=uid).first()
    if answer is None:
        raise Http404
    return answer
