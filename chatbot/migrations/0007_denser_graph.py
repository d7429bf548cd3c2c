import pgvector.django.indexes
from django.db import migrations, models

NAME = "product_vector_graph"


class Migration(migrations.Migration):
    """Build the graph anew, looking further for neighbours.

    Takes one to two minutes for 100,000 vectors of large stores. Searches follow the
    old graph meanwhile; what is to be embedded waits.
    """

    dependencies = [("chatbot", "0006_vector_graph")]

    operations = [
        # A graph that does not fit takes many times as long.
        migrations.RunSQL(
            "SET LOCAL maintenance_work_mem = '400MB'", migrations.RunSQL.noop
        ),
        migrations.AddIndex(
            model_name="productvector",
            index=pgvector.django.indexes.HnswIndex(
                condition=models.Q(("in_graph", True)),
                ef_construction=256,
                fields=["vector"],
                name=f"{NAME}_new",
                opclasses=["vector_ip_ops"],
            ),
        ),
        migrations.RemoveIndex(model_name="productvector", name=NAME),
        migrations.RenameIndex(
            model_name="productvector", old_name=f"{NAME}_new", new_name=NAME
        ),
    ]
