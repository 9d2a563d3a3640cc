"""Notifications (thông báo): who is told what by which channel.

It listens to outbox topics and writes to those who may act: owners and managers of the side concerned. The channel is
mail; each message has a key made of the event and the person, so a repeated job never tells anyone twice.
"""

from app.notifications.service import Notifications, notifications

__all__ = ["Notifications", "notifications"]
