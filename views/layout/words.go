package layout

// What the frame says.
const (
	wordSkip       = "Skip to content"
	wordMain       = "Main"
	wordPlaces     = "Places"
	wordAdmin      = "Administration"
	wordSearch     = "Search"
	wordSearchHint = "Search documents"
	wordCopilot    = "Copilot"
	wordFold       = "Fold the Copilot"
	wordUnfold     = "Show the Copilot"
	wordClose      = "Close"
	wordFullPage   = "Open as a page"
	wordWidth      = "Width of the Copilot"
	wordMore       = "Menu"
	wordYourMenu   = "Your menu"
	wordSignOut    = "Sign out"
	wordKeys       = "Keys"
	wordAfterG     = "g, then a letter, goes to a place"
	wordFooter     = "About"

	wordNotifications = "Notifications"
	wordUnread        = "unread"
)

// key is one line of the list that ? shows.
type key struct{ keys, does string }

// keys are those that work everywhere; static/src/app.js listens for them.
var keys = []key{
	{"?", "Show these keys"}, {"/", "Search"}, {"c", "Ask the Copilot"}, {"\\", "Fold or show the Copilot"},
	{"j k", "Next, previous in a list"}, {"Enter", "Open"}, {"← ↑ ↓ →", "Walk through the chart of departments"}, {"x", "Select"}, {"Esc", "Close"},
}
