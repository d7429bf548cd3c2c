from chatbot.models.chatbots import Chatbot, Position

__all__ = ["Chatbot", "Position"]
