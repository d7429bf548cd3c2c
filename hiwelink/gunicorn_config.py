"""How gunicorn serves HiWelink: threads, because chat streams spend their time waiting."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "400"))
# A pool lives in this process only; forks of the worker must not share sockets.
raw_env = ["DATABASE_POOL=true"]
timeout = 60
graceful_timeout = 10
keepalive = 5
control_socket_disable = True
accesslog = None
loglevel = "warning"
