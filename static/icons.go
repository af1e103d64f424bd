package static

// Icons lists the lucide icons that the product uses; the build makes one sprite of them. A template that names another
// fails the test in views/ui.
var Icons = []string{
	"archive", "arrow-left", "arrow-right", "arrow-up", "bell", "book-open", "bot", "brain", "building-2", "calendar",
	"check", "chevron-down", "chevron-left", "chevron-right", "circle-alert", "circle-check", "circle-help",
	"circle-user", "clipboard-check", "clock", "cloud-upload", "copy", "database", "download", "ellipsis",
	"external-link", "eye", "eye-off", "file", "file-text", "filter", "folder", "folder-open", "folder-plus", "globe",
	"hard-drive", "history", "house", "inbox", "info", "key-round", "keyboard", "layers", "library", "link", "list",
	"list-checks", "loader", "lock", "log-out", "mail", "menu", "message-circle", "message-square", "message-square-plus",
	"message-square-text", "minus", "monitor", "moon", "network", "panel-right", "panel-right-close", "panel-right-open",
	"pause", "pencil", "play", "plus", "quote", "receipt-text", "refresh-cw", "rotate-ccw", "save", "scroll-text",
	"search", "send", "server", "settings", "shield", "shield-alert", "shield-check", "shield-off", "sliders-horizontal",
	"sparkles", "square", "sun", "trash-2", "triangle-alert", "undo-2", "upload", "user", "user-plus", "user-round",
	"users", "workflow", "wrench", "x", "zap",
}
