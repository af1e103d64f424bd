package account

import "aimyorg/views/ui"

// Parts lists the parts of one's account in their order. Who makes a page adds its line; a test visits each.
func Parts() []ui.Tab {
	return []ui.Tab{
		{Label: "Profile", Href: "/account"},

		// Security, /account/security

		// Password, /account/password

		// Sessions, /account/sessions

		{Label: "Notifications", Href: "/account/notifications"},

		{Label: "My data", Href: "/account/data"},
	}
}

func tabsAt(current string) []ui.Tab {
	all := Parts()
	for i := range all {
		all[i].Current = all[i].Href == current
	}
	return all
}
