// Loads page.html five times and prints its title each time; gives up after a minute.
imports.gi.versions.Gtk = "3.0";
imports.gi.versions.WebKit2 = "4.1";
const { GLib, Gtk, WebKit2 } = imports.gi;

Gtk.init(null);
const window = new Gtk.Window();
const view = new WebKit2.WebView();
window.add(view);
window.show_all();

let left = 5;
view.connect("notify::title", () => {
    if (!view.title.startsWith("done")) {
        return;
    }
    print(view.title);
    left -= 1;
    if (left > 0) {
        view.reload();
    } else {
        Gtk.main_quit();
    }
});
view.load_uri("file://" + GLib.get_current_dir() + "/page.html");
GLib.timeout_add_seconds(0, 60, () => {
    print("gave up");
    Gtk.main_quit();
    return false;
});
Gtk.main();
