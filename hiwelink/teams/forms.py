"""What owners enter about their team."""

from __future__ import annotations

from django import forms

from hiwelink.accounts.forms import LowerEmailField
from hiwelink.accounts.models import Role, Workspace
from hiwelink.teams.services.invitations import role_choices


class InviteForm(forms.Form):
    email = LowerEmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        choices=role_choices,
        help_text="Viewers look, editors change things, owners also manage the team.",
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class WorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Workspace
        fields = ["name"]
        labels = {"name": "Name of the workspace"}
