package handlers

import "strings"

// deviceOf says which browser on which system a User-Agent names, in a few words; it is shown to the person among their
// sessions (P9, P10). It is a hint, not a proof.
func deviceOf(agent string) string {
	return pick(agent, browsers, "A browser") + " on " + pick(agent, systems, "an unknown system")
}

type sign struct{ in, name string }

// The order matters: Edge and Opera say Chrome too, and Chrome says Safari.
var browsers = []sign{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"},
	{"Safari/", "Safari"}, {"curl/", "curl"}}

var systems = []sign{{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Mac OS X", "macOS"},
	{"CrOS", "ChromeOS"}, {"Linux", "Linux"}}

func pick(agent string, signs []sign, otherwise string) string {
	for _, s := range signs {
		if strings.Contains(agent, s.in) {
			return s.name
		}
	}
	return otherwise
}
