import uuid

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import hiwelink.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="Store",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "uid",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "environment",
                    models.CharField(
                        choices=[("production", "Production"), ("sandbox", "Sandbox")],
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("connected", "Connected"),
                            ("disconnected", "Disconnected"),
                        ],
                        max_length=12,
                    ),
                ),
                ("base_url", models.CharField(max_length=500)),
                ("storefront_url", models.CharField(blank=True, max_length=500)),
                ("health_path", models.CharField(default="/health", max_length=300)),
                (
                    "products_path",
                    models.CharField(default="/api/products", max_length=300),
                ),
                (
                    "orders_path",
                    models.CharField(default="/api/orders", max_length=300),
                ),
                (
                    "auth_method",
                    models.CharField(
                        choices=[
                            ("api_key", "API key"),
                            ("bearer_token", "Bearer token"),
                            ("basic_auth", "Basic auth"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "credentials",
                    hiwelink.fields.EncryptedJSONField(blank=True, null=True),
                ),
                ("field_mappings", models.JSONField(blank=True, default=dict)),
                (
                    "per_page",
                    models.PositiveSmallIntegerField(
                        default=50,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
                (
                    "sync_interval_minutes",
                    models.PositiveIntegerField(
                        blank=True,
                        default=60,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(43200),
                        ],
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("language", models.CharField(blank=True, default="en", max_length=10)),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "previous_token",
                    models.UUIDField(blank=True, null=True, unique=True),
                ),
                (
                    "previous_token_expires_at",
                    models.DateTimeField(blank=True, null=True),
                ),
                ("id_sources", models.JSONField(blank=True, default=dict)),
                ("failures_in_a_row", models.PositiveIntegerField(default=0)),
                (
                    "next_sync_at",
                    models.DateTimeField(blank=True, db_index=True, null=True),
                ),
                ("last_synced_at", models.DateTimeField(blank=True, null=True)),
                (
                    "connected_at",
                    models.DateTimeField(default=django.utils.timezone.now),
                ),
                ("deleting_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stores",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "uid",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                ("external_id", models.CharField(max_length=190)),
                ("raw", models.JSONField(default=dict)),
                ("raw_hash", models.BinaryField(max_length=16)),
                ("content_hash", models.BinaryField(max_length=16)),
                ("warnings", models.JSONField(blank=True, default=list)),
                ("observed_at", models.DateTimeField()),
                ("written_by_type", models.CharField(max_length=12)),
                ("written_by_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("name", models.CharField(max_length=500)),
                ("sku", models.CharField(blank=True, max_length=190)),
                ("description", models.TextField(blank=True)),
                ("short_description", models.TextField(blank=True)),
                (
                    "price",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True
                    ),
                ),
                (
                    "regular_price",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True
                    ),
                ),
                (
                    "sale_price",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "stock_status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("in_stock", "In stock"),
                            ("out_of_stock", "Out of stock"),
                        ],
                        max_length=12,
                    ),
                ),
                ("stock_quantity", models.IntegerField(blank=True, null=True)),
                ("categories", models.JSONField(blank=True, default=list)),
                ("tags", models.JSONField(blank=True, default=list)),
                ("images", models.JSONField(blank=True, default=list)),
                ("attributes", models.JSONField(blank=True, default=dict)),
                ("permalink", models.CharField(blank=True, max_length=2000)),
                ("slug", models.CharField(blank=True, max_length=500)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="products",
                        to="commerce.store",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "uid",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                ("external_id", models.CharField(max_length=190)),
                ("raw", models.JSONField(default=dict)),
                ("raw_hash", models.BinaryField(max_length=16)),
                ("content_hash", models.BinaryField(max_length=16)),
                ("warnings", models.JSONField(blank=True, default=list)),
                ("observed_at", models.DateTimeField()),
                ("written_by_type", models.CharField(max_length=12)),
                ("written_by_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("order_number", models.CharField(blank=True, max_length=190)),
                ("status", models.CharField(blank=True, max_length=100)),
                (
                    "total",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True
                    ),
                ),
                (
                    "subtotal",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True
                    ),
                ),
                (
                    "tax",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True
                    ),
                ),
                (
                    "shipping",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("customer_email", models.CharField(blank=True, max_length=320)),
                ("customer_name", models.CharField(blank=True, max_length=300)),
                ("items", models.JSONField(blank=True, default=list)),
                ("shipping_address", models.JSONField(blank=True, default=dict)),
                ("billing_address", models.JSONField(blank=True, default=dict)),
                ("payment_method", models.CharField(blank=True, max_length=200)),
                ("placed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="orders",
                        to="commerce.store",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SyncRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "uid",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                (
                    "resource",
                    models.CharField(
                        choices=[("products", "Products"), ("orders", "Orders")],
                        max_length=8,
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("initial", "Initial"),
                            ("manual", "Manual"),
                            ("scheduled", "Scheduled"),
                            ("webhook", "Webhook"),
                            ("reconnect", "Reconnect"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("partial", "Partial"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("pages_fetched", models.PositiveIntegerField(default=0)),
                ("pages_total", models.PositiveIntegerField(blank=True, null=True)),
                ("records_read", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("updated", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("deleted", models.PositiveIntegerField(default=0)),
                ("issue_counts", models.JSONField(blank=True, default=dict)),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("error_detail", models.TextField(blank=True)),
                ("curl", models.TextField(blank=True)),
                ("cursor", models.JSONField(blank=True, default=dict)),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("deletions_held", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sync_runs",
                        to="commerce.store",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="SyncIssue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("field", models.CharField(blank=True, max_length=40)),
                ("detail", models.TextField()),
                ("external_id", models.CharField(blank=True, max_length=190)),
                ("is_skip", models.BooleanField(default=False)),
                ("page", models.PositiveIntegerField()),
                ("position", models.PositiveIntegerField()),
                ("record", models.JSONField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="issues",
                        to="commerce.syncrun",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="SeenRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("external_id", models.CharField(max_length=190)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seen_records",
                        to="commerce.syncrun",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="store",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "disconnected"), _negated=True),
                    ("credentials__isnull", True),
                    _connector="OR",
                ),
                name="store_disconnected_has_no_credentials",
            ),
        ),
        migrations.AddConstraint(
            model_name="store",
            constraint=models.CheckConstraint(
                condition=models.Q(("per_page__range", (1, 100))), name="store_per_page"
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["store", "name", "id"],
                name="product_live_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["store", "updated_at"], name="product_changed"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), name="gin_trgm_ops"
                ),
                name="product_name_trgm",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(
                fields=("store", "external_id"), name="product_store_external_id"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["store", "-placed_at", "id"],
                name="order_live_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["store", "order_number"], name="order_by_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                fields=("store", "external_id"), name="order_store_external_id"
            ),
        ),
        migrations.AddIndex(
            model_name="syncrun",
            index=models.Index(fields=["store", "-id"], name="syncrun_store_newest"),
        ),
        migrations.AddIndex(
            model_name="syncrun",
            index=models.Index(
                condition=models.Q(("status__in", ["queued", "running"])),
                fields=["lease_until"],
                name="syncrun_active_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="syncrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["queued", "running"])),
                fields=("store", "resource"),
                name="syncrun_one_active",
            ),
        ),
        migrations.AddIndex(
            model_name="syncissue",
            index=models.Index(fields=["run", "code"], name="syncissue_run_code"),
        ),
        migrations.AddConstraint(
            model_name="seenrecord",
            constraint=models.UniqueConstraint(
                fields=("run", "external_id"), name="seenrecord_run_external_id"
            ),
        ),
    ]
