// Keeps the app's own window empty. The tests look at the page in Chromium; a second one in WebKit would cost as
// much again, and would mark chats as read behind their back. Loaded by LD_PRELOAD in the browser tests alone.

void webkit_web_view_load_uri(void *view, const char *uri) {}

void webkit_web_view_run_javascript(void *view, const char *script, void *cancellable, void *done, void *data) {}
