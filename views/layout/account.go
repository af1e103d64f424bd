package layout

import "aimyorg/views/ui"

// AccountParts lists the parts of one's account in their order. Who makes a page adds its line; a test visits each.
func AccountParts() []ui.Tab {
	return []ui.Tab{
		{Label: "Profile", Href: "/account"},
		{Label: "Security", Href: "/account/security"},
		{Label: "Password", Href: "/account/password"},
		{Label: "Sessions", Href: "/account/sessions"},
		{Label: "Notifications", Href: "/account/notifications"},
		{Label: "My data", Href: "/account/data"},
	}
}

func tabsAt(current string) []ui.Tab {
	all := AccountParts()
	for i := range all {
		all[i].Current = all[i].Href == current
	}
	return all
}
