package handlers

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"

	"aimyorg/views/security"
)

// quietZone is the empty border that readers need, in squares.
const quietZone = 4

// drawQR draws a text as one path: a picture that is fetched, or one in the address, the content security policy allows not.
func drawQR(text string) (security.QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return security.QR{}, err
	}
	var path strings.Builder
	side := code.Bounds().Dx()
	for y := range side {
		for x := 0; x < side; x++ {
			run := 0
			for x+run < side && code.At(x+run, y) == color.Black {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, run, run)
				x += run
			}
		}
	}
	return security.QR{Path: path.String(), Size: side + 2*quietZone}, nil
}
