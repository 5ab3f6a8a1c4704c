// Shows browser.html in WebKitGTK, so many times as the argument says; each time the page says in its
// title what came of it. Gives up after a minute.
imports.gi.versions.Gtk = "3.0";
imports.gi.versions.WebKit2 = "4.1";
const { Gio, GLib, Gtk, WebKit2 } = imports.gi;

Gtk.init(null);
const [script] = GLib.filename_from_uri(Gio.File.new_for_path(imports.system.programPath).get_uri());
const page = `file://${GLib.path_get_dirname(script)}/browser.html`;
const window = new Gtk.Window({ default_width: 800, default_height: 600 });
const view = new WebKit2.WebView();
window.add(view);
window.show_all();

let left = Number(ARGV[0]);
view.connect("notify::title", () => {
    if (!view.title.startsWith("checksum=")) {
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
view.load_uri(page);
GLib.timeout_add_seconds(0, 60, () => {
    print("no end after a minute");
    imports.system.exit(1);
});
Gtk.main();
