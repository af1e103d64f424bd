package security

import (
	"strconv"

	"aimyorg/domain"
)

func number(n int) string { return strconv.Itoa(n) }

func pathOf(k domain.Passkey) string { return "/account/security/passkeys/" + string(k.ID) }

func box(q QR) string { return "0 0 " + number(q.Size) + " " + number(q.Size) }
