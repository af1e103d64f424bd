package seal

import "encoding/binary"

// Texts shorter than padBelow bytes are padded, so that a size says little of a name or a title.
const (
	padBelow = 256
	padStep  = 32
	unpadded = 0xffff
)

// SealText seals a text for the organization. Below 256 bytes its sealed size only tells the 32-byte step it falls in.
func (b *Box) SealText(p Place, text string) ([]byte, error) {
	return b.sealText(want{root: true}, p, text)
}

// SealTextFor is SealText under a person's key.
func (b *Box) SealTextFor(person string, p Place, text string) ([]byte, error) {
	return b.sealText(want{person: person}, p, text)
}

// OpenText opens what SealText or SealTextFor sealed at this place, and nothing that Seal sealed. Nil (a NULL column)
// opens to "". Errors as of Open.
func (b *Box) OpenText(p Place, sealed []byte) (string, error) {
	if sealed == nil {
		return "", nil
	}
	frame, err := b.open(kindText, p, sealed)
	if err != nil {
		return "", err
	}
	return unframe(frame)
}

func (b *Box) sealText(w want, p Place, text string) ([]byte, error) {
	frame := frameText(text)
	defer clear(frame)
	return b.seal(w, kindText, p, frame)
}

// frameText puts the length (2 bytes) before a short text and zeros after it; before a long one, a mark.
func frameText(text string) []byte {
	n, size := uint16(unpadded), 2+len(text)
	if len(text) < padBelow {
		n, size = uint16(len(text)), (2+len(text)+padStep-1)/padStep*padStep
	}
	frame := make([]byte, size)
	binary.BigEndian.PutUint16(frame, n)
	copy(frame[2:], text)
	return frame
}

func unframe(frame []byte) (string, error) {
	if len(frame) < 2 {
		return "", ErrSealed
	}
	n, body := binary.BigEndian.Uint16(frame), frame[2:]
	if n == unpadded {
		return string(body), nil
	}
	if int(n) > len(body) {
		return "", ErrSealed
	}
	return string(body[:n]), nil
}
