package extract

import "errors"

// confine refuses: without limits no file from outside is opened.
func confine(order) error { return errors.New("extract: this system has no process limits") }
