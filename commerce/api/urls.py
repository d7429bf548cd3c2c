"""Routes of the management API, below /api/v1/."""

from django.urls import path

from commerce.api.views import (
    catalog,
    doctor,
    exports,
    lifecycle,
    stores,
    sync_runs,
)

run_views = [
    ("", sync_runs.SyncRunView),
    ("issues/", sync_runs.SyncRunIssuesView),
    ("cancel/", sync_runs.CancelSyncRunView),
    ("changes/", sync_runs.SyncRunChangesView),
    ("confirm-deletions/", sync_runs.ConfirmDeletionsView),
]

urlpatterns = [
    path("stores/", stores.StoreListView.as_view()),
    path("stores/<str:store_id>/", stores.StoreView.as_view()),
    path("stores/<str:store_id>/sync/", stores.StoreSyncView.as_view()),
    path("stores/<str:store_id>/disconnect/", lifecycle.DisconnectView.as_view()),
    path("stores/<str:store_id>/reconnect/", lifecycle.ReconnectView.as_view()),
    path(
        "stores/<str:store_id>/rotate-credentials/",
        lifecycle.RotateCredentialsView.as_view(),
    ),
    path("stores/<str:store_id>/rotate-token/", lifecycle.RotateTokenView.as_view()),
    path("stores/<str:store_id>/sync-runs/", sync_runs.StoreSyncRunsView.as_view()),
    path("stores/<str:store_id>/products/", catalog.ProductListView.as_view()),
    path("stores/<str:store_id>/orders/", catalog.OrderListView.as_view()),
    # The store's own ids may hold slashes.
    path(
        "stores/<str:store_id>/products/<path:external_id>/",
        catalog.ProductView.as_view(),
    ),
    path(
        "stores/<str:store_id>/orders/<path:external_id>/", catalog.OrderView.as_view()
    ),
    path(
        "stores/<str:store_id>/export/products.<str:kind>",
        exports.ProductExportView.as_view(),
        name="export-products",
    ),
    path(
        "stores/<str:store_id>/export/orders.<str:kind>",
        exports.OrderExportView.as_view(),
        name="export-orders",
    ),
    path("check/", doctor.CheckView.as_view()),
    path("stores/<str:store_id>/check/", doctor.StoreCheckView.as_view()),
    path("preview-mapping/", stores.PreviewMappingView.as_view()),
    *(path(f"sync-runs/<str:run_id>/{end}", v.as_view()) for end, v in run_views),
    *(
        path(f"stores/<str:store_id>/sync-runs/<str:run_id>/{end}", v.as_view())
        for end, v in run_views
    ),
]
