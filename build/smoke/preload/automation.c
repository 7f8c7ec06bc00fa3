// Lets WebDriver drive the shipped binary's window, whose web view Wails makes without automation. Loaded
// by LD_PRELOAD in the smoke test alone.
#include <webkit2/webkit2.h>

static GtkWidget *hand_over(WebKitAutomationSession *session, gpointer view) { return view; }

static void started(WebKitWebContext *context, WebKitAutomationSession *session, gpointer view) {
  g_signal_connect(session, "create-web-view", G_CALLBACK(hand_over), view);
}

// Stands in front of WebKit's own.
GtkWidget *webkit_web_view_new_with_user_content_manager(WebKitUserContentManager *manager) {
  WebKitWebContext *context = webkit_web_context_get_default();
  GtkWidget *view = g_object_new(WEBKIT_TYPE_WEB_VIEW, "user-content-manager", manager, "web-context", context,
                                 "is-controlled-by-automation", TRUE, NULL);
  webkit_web_context_set_automation_allowed(context, TRUE);
  g_signal_connect(context, "automation-started", G_CALLBACK(started), view);
  return view;
}
