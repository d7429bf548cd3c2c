"""The dashboard's pages, below /dashboard/."""

from django.urls import path

from commerce.views import (
    catalog,
    connection,
    doctor,
    mappings,
    run_changes,
    store_settings,
    stores,
    sync_runs,
)

STORE = "stores/<uuid:uid>/"
RUN = STORE + "runs/<uuid:run_uid>/"

urlpatterns = [
    path("", stores.dashboard, name="dashboard"),
    path("stores/", stores.dashboard_stores, name="dashboard-stores"),
    path("stores/new/", stores.store_new, name="store-new"),
    path("stores/new/generic-api/", stores.store_connect, name="store-connect"),
    path(
        "stores/new/generic-api/preview/",
        mappings.mapping_preview,
        name="mapping-preview",
    ),
    path("stores/new/generic-api/check/", doctor.address_check, name="address-check"),
    path(STORE + "doctor/", doctor.store_doctor, name="store-doctor"),
    path(STORE + "doctor/check/", doctor.store_check, name="store-check"),
    path(STORE, stores.store_detail, name="store-detail"),
    path(STORE + "live/", stores.store_live, name="store-live"),
    path(STORE + "connection/", connection.store_connection, name="store-connection"),
    path(
        STORE + "connection/disconnect/",
        connection.store_disconnect,
        name="store-disconnect",
    ),
    path(
        STORE + "connection/reconnect/",
        connection.store_reconnect,
        name="store-reconnect",
    ),
    path(
        STORE + "connection/credential/",
        connection.store_credential,
        name="store-credential",
    ),
    path(STORE + "connection/token/", connection.store_token, name="store-token"),
    path(STORE + "connection/delete/", connection.store_delete, name="store-delete"),
    path(STORE + "sync/", sync_runs.start_sync, name="store-sync"),
    path(STORE + "runs/", sync_runs.run_list, name="run-list"),
    path(RUN, sync_runs.run_detail, name="run-detail"),
    path(RUN + "live/", sync_runs.run_live, name="run-live"),
    path(RUN + "changes/", run_changes.run_changes, name="run-changes"),
    path(RUN + "cancel/", sync_runs.run_cancel, name="run-cancel"),
    path(
        RUN + "confirm-deletions/",
        sync_runs.run_confirm_deletions,
        name="run-confirm-deletions",
    ),
    path(STORE + "settings/", store_settings.store_settings, name="store-settings"),
    path(STORE + "mapping/", mappings.store_mapping, name="store-mapping"),
    path(
        STORE + "mapping/preview/",
        mappings.store_mapping_preview,
        name="store-mapping-preview",
    ),
    path(STORE + "mapping/remap/", mappings.remap_live, name="remap-live"),
    path(STORE + "products/", catalog.product_list, name="product-list"),
    path(
        STORE + "products/<uuid:product_uid>/",
        catalog.product_detail,
        name="product-detail",
    ),
    path(STORE + "orders/", catalog.order_list, name="order-list"),
    path(STORE + "orders/<uuid:order_uid>/", catalog.order_detail, name="order-detail"),
]
