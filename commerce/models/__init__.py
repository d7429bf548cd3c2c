from commerce.models.catalog import Order, Product, StockStatus
from commerce.models.notices import Notice, NoticeKind
from commerce.models.remapping import Remap
from commerce.models.stores import AuthMethod, Environment, Store, StoreStatus
from commerce.models.sync import (
    ACTIVE,
    ChangeKind,
    RecordChange,
    Resource,
    RunStatus,
    SeenRecord,
    SyncIssue,
    SyncRun,
    Trigger,
)

__all__ = [
    "ACTIVE",
    "AuthMethod",
    "ChangeKind",
    "Environment",
    "Notice",
    "NoticeKind",
    "Order",
    "Product",
    "RecordChange",
    "Remap",
    "Resource",
    "RunStatus",
    "SeenRecord",
    "StockStatus",
    "Store",
    "StoreStatus",
    "SyncIssue",
    "SyncRun",
    "Trigger",
]
