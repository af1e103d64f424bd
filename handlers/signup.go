package handlers

import (
	"errors"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
)

func (q *request) newSignUp() error {
	if q.signedIn() {
		return q.redirect("/home")
	}
	return q.signUpPage(200, account.SignUpPage{})
}

// signUpPage shows the form with the version of the policy that one would agree to.
func (q *request) signUpPage(status int, p account.SignUpPage) error {
	inForce, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return err
	}
	p.PolicyVersion, p.Recipients = inForce.Version, q.recipients()
	p.Form.Password = ""
	return q.public(status, "Create an organization", account.SignUp(p))
}

// signUp founds an organization. It says nothing of other accounts that the address may have (A119), and records consent
// to AI only when its own box was ticked (P47). Business use and an age of 16 or more are stated, never measured (P85).
func (q *request) signUp() error {
	f := domain.SignUp{Name: q.typed("name"), Email: q.typed("email"), Organization: q.typed("organization"), Password: q.exactly("password"),
		Terms: q.ticked("terms"), Business: q.ticked("business"), Consents: q.agreed()}.Clean()
	if problems := f.Problems(); len(problems) > 0 {
		return q.signUpPage(422, account.SignUpPage{Form: f, Problems: problems})
	}
	if wait, err := q.DB.Attempt(q.ctx, "sign-up", q.address(), signUpsByAddress); err != nil {
		return tooMany(wait, err)
	}
	token, err := q.found(f)
	var problems domain.Problems
	if errors.As(err, &problems) {
		return q.signUpPage(422, account.SignUpPage{Form: f, Problems: problems})
	}
	if err != nil {
		return err
	}
	return q.begin(store.Admitted{Token: token, Stage: domain.Whole}, "/home")
}

func (q *request) found(f domain.SignUp) (token string, err error) {
	inForce, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return "", err
	}
	hash, err := q.newHash(f.Email, f.Password)
	if err != nil {
		return "", err
	}
	founded, err := q.DB.SignUp(q.ctx, f, hash, inForce.Version, q.device(), q.address())
	return founded.Token, err
}
