#include <string.h>

#include "native_linux.h"

void show_message(const char *text) {
  if (!gtk_init_check(NULL, NULL)) return;
  GtkWidget *dialog = gtk_message_dialog_new(NULL, 0, GTK_MESSAGE_ERROR, GTK_BUTTONS_CLOSE, "%s", text);
  gtk_window_set_title(GTK_WINDOW(dialog), "Matterline");
  gtk_dialog_run(GTK_DIALOG(dialog));
  gtk_widget_destroy(dialog);
}

// The app has one window that isn't a dialog or a menu.
static GtkWindow *main_window(void) {
  GtkWindow *found = NULL;
  GList *windows = gtk_window_list_toplevels();
  for (GList *window = windows; window; window = window->next)
    if (gtk_window_get_window_type(window->data) == GTK_WINDOW_TOPLEVEL && !GTK_IS_DIALOG(window->data)) found = window->data;
  g_list_free(windows);
  return found;
}

static gboolean activate(gpointer token) {
  GtkWindow *window = main_window();
  if (window) {
    gtk_window_set_startup_id(window, token);
    gtk_window_present(window);
  }
  g_free(token);
  return G_SOURCE_REMOVE;
}

void activate_window(const char *token) { g_idle_add(activate, g_strdup(token)); }

static gboolean focused(GtkWidget *window, GdkEvent *event, gpointer data) {
  gtk_window_set_urgency_hint(GTK_WINDOW(window), FALSE);
  return FALSE;
}

static gboolean urge(gpointer data) {
  static gboolean connected = FALSE;
  GtkWindow *window = main_window();
  if (!window || gtk_window_is_active(window)) return G_SOURCE_REMOVE;
  if (!connected) g_signal_connect(window, "focus-in-event", G_CALLBACK(focused), NULL);
  connected = TRUE;
  gtk_window_set_urgency_hint(window, TRUE);
  return G_SOURCE_REMOVE;
}

void want_attention(void) { g_idle_add(urge, NULL); }
