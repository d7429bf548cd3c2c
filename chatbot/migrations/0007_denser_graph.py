import pgvector.django.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    """Build the graph anew, looking further for neighbours.

    Takes about a minute for 100,000 vectors of large stores; searches wait for it.
    """

    dependencies = [("chatbot", "0006_vector_graph")]

    operations = [
        migrations.RemoveIndex(
            model_name="productvector",
            name="product_vector_graph",
        ),
        migrations.AddIndex(
            model_name="productvector",
            index=pgvector.django.indexes.HnswIndex(
                condition=models.Q(("in_graph", True)),
                ef_construction=256,
                fields=["vector"],
                name="product_vector_graph",
                opclasses=["vector_ip_ops"],
            ),
        ),
    ]
