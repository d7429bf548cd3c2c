"""Teams, below /account/."""

from django.urls import path

from hiwelink.teams import views

TEAM = "team/<uuid:uid>/"
MEMBER = TEAM + "members/<int:member_id>/"

urlpatterns = [
    path("team/", views.team_home, name="team-home"),
    path(TEAM, views.team, name="team"),
    path(TEAM + "name/", views.rename, name="team-rename"),
    path(TEAM + "invite/", views.invite_member, name="team-invite"),
    path(
        TEAM + "invitations/<uuid:invitation_uid>/withdraw/",
        views.withdraw,
        name="invitation-withdraw",
    ),
    path(MEMBER + "role/", views.member_role, name="member-role"),
    path(MEMBER + "remove/", views.member_remove, name="member-remove"),
    path(MEMBER + "transfer/", views.member_transfer, name="member-transfer"),
    path(TEAM + "audit/", views.audit_log, name="audit-log"),
    path(
        "invitations/<uuid:uid>/<str:secret>/",
        views.answer_invitation,
        name="invitation",
    ),
]
