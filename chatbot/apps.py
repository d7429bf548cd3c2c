from django.apps import AppConfig


class ChatbotConfig(AppConfig):
    name = "chatbot"
    verbose_name = "Chatbot"

    def ready(self) -> None:
        from chatbot.progress import embedded_products
        from commerce.embedding_counts import supply_counter

        supply_counter(embedded_products)

        from chatbot import trial
        from webhooks.services.trial import add_step

        add_step("index", "Index", trial.index)
        add_step("find", "Find", trial.find)
