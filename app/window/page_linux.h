#include <webkit2/webkit2.h>

// Calls pageEnded whenever the process of the page has ended.
void watch_page(void);
// Loads the page again.
void reload_page(void);
// Ends the process of the page.
void end_page(void);
