#include "page_linux.h"

// Wails keeps its web view to itself, and reloads a page only with the page's help.

extern void pageEnded(void); // in Go

// Only GTK's thread uses it. GTK sets it to NULL when the window is destroyed.
static WebKitWebView *view;

static void find_view(GtkWidget *widget, gpointer data) {
  if (WEBKIT_IS_WEB_VIEW(widget))
    view = WEBKIT_WEB_VIEW(widget);
  else if (GTK_IS_CONTAINER(widget))
    gtk_container_forall(GTK_CONTAINER(widget), find_view, data);
}

static void ended(WebKitWebView *of, WebKitWebProcessTerminationReason reason, gpointer data) { pageEnded(); }

static gboolean watch(gpointer data) {
  GList *windows = gtk_window_list_toplevels();
  for (GList *window = windows; window && !view; window = window->next) find_view(window->data, NULL);
  g_list_free(windows);
  if (view) {
    g_object_add_weak_pointer(G_OBJECT(view), (gpointer *)&view);
    g_signal_connect(view, "web-process-terminated", G_CALLBACK(ended), NULL);
  }
  return G_SOURCE_REMOVE;
}

static gboolean reload(gpointer data) {
  if (view) webkit_web_view_reload(view);
  return G_SOURCE_REMOVE;
}

static gboolean end(gpointer data) {
  if (view) webkit_web_view_terminate_web_process(view);
  return G_SOURCE_REMOVE;
}

void watch_page(void) { g_idle_add(watch, NULL); }
void reload_page(void) { g_idle_add(reload, NULL); }
void end_page(void) { g_idle_add(end, NULL); }
