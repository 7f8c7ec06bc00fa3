#include <gtk/gtk.h>

// Shows a text in a window of its own, before the app has one, and waits until the user closes it.
void show_message(const char *text);
// Asks for the user's attention, unless the window is active, until it is.
void want_attention(void);
// Brings the window to the front with the desktop's permission.
void activate_window(const char *token);
