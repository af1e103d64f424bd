package handlers

import (
	"aimyorg/domain"
	"aimyorg/views/policy"
)

// publicRoutes is what anybody may ask for. Public pages set no cookie (P84).
func (s *Site) publicRoutes() []route {
	signUp := []string{"name", "email", "organization", "password", "terms", "business", "ai_consent"}
	return []route{
		{"GET", "/", domain.Public, (*request).showLanding, nil, ""},
		{"GET", "/privacy", domain.Public, (*request).showPrivacy, nil, ""},
		{"GET", "/privacy/:version", domain.Public, (*request).showPrivacyVersion, nil, ""},
		{"GET", "/cookies", domain.Public, (*request).showCookies, nil, ""},
		{"GET", "/support", domain.Public, (*request).showSupport, nil, ""},
		{"GET", "/sign-up", domain.Public, (*request).newSignUp, nil, ""},
		{"POST", "/sign-up", domain.Public, (*request).signUp, signUp, ""},
		{"GET", "/sign-in", domain.Public, (*request).newSignIn, nil, ""},
		{"POST", "/sign-in", domain.Public, (*request).signIn, []string{"email", "password", "next", "switch"}, ""},
		{"POST", "/sign-in/organization", domain.Public, (*request).chooseOrganization, []string{"token", "organization"}, ""},
		{"POST", "/sign-out", domain.Public, (*request).signOut, nil, ""},
		{"GET", "/out", domain.Public, (*request).showLeaving, nil, ""},
		{"GET", "/healthz", domain.Public, (*request).showAlive, nil, "part"},
		{"GET", "/readyz", domain.Public, (*request).showReady, nil, "part"},
		{"GET", "/robots.txt", domain.Public, (*request).showRobots, nil, "part"},
		{"GET", "/favicon.ico", domain.Public, (*request).showIcon, nil, "part"},
		{"GET", "/static/*", domain.Public, (*request).showAsset, nil, "file"},
	}
}

// showLanding says what the product is; who is signed in goes on to work.
func (q *request) showLanding() error {
	if q.signedIn() {
		return q.redirect("/home")
	}
	return q.text("Ask your organization's own documents", policy.Landing())
}

// showCookies lists the cookies that there are (P82).
func (q *request) showCookies() error {
	return q.text("Cookies", policy.Cookies(policy.CookiesPage{Cookies: []policy.Cookie{
		{Name: cookieName, Holds: "A random number that stands for your signing in, sealed. What you do is not in it.",
			Stays: "Until you sign out or close the browser; at most 12 hours, or 30 minutes without use."},
		{Name: loginCookie, Holds: "While you sign in through your organization: a random number that ties the way there and back to this browser, sealed.",
			Stays: "Until you are signed in or close the browser; it is worth nothing after 10 minutes."}}}))
}

// The addresses that the privacy policy names.
const (
	supportAddress = "support@aimyorg.app"
	privacyAddress = "privacy@aimyorg.app"
	officerAddress = "dpo@aimyorg.app"
)

func (q *request) showSupport() error {
	return q.text("Support", policy.Support(policy.SupportPage{Support: supportAddress, Privacy: privacyAddress, DPO: officerAddress}))
}
