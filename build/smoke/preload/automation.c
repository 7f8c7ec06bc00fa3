// Lets WebDriver control the app's window: Wails creates its web view without automation. Only the smoke test loads
// this, with LD_PRELOAD.
#include <webkit2/webkit2.h>

static GtkWidget *return_view(WebKitAutomationSession *session, gpointer view) { return view; }

static void started(WebKitWebContext *context, WebKitAutomationSession *session, gpointer view) {
  g_signal_connect(session, "create-web-view", G_CALLBACK(return_view), view);
}

// Replaces WebKit's function of this name.
GtkWidget *webkit_web_view_new_with_user_content_manager(WebKitUserContentManager *manager) {
  WebKitWebContext *context = webkit_web_context_get_default();
  GtkWidget *view = g_object_new(WEBKIT_TYPE_WEB_VIEW, "user-content-manager", manager, "web-context", context,
                                 "is-controlled-by-automation", TRUE, NULL);
  webkit_web_context_set_automation_allowed(context, TRUE);
  g_signal_connect(context, "automation-started", G_CALLBACK(started), view);
  return view;
}
