from django.apps import AppConfig


class ChatbotConfig(AppConfig):
    name = "chatbot"
    verbose_name = "Chatbot"

    def ready(self) -> None:
        from chatbot.progress import embedded_products
        from commerce.embedding_counts import supply_counter

        supply_counter(embedded_products)
