package search

import "strings"

// stopWords are the function words that are neither indexed nor searched in a
// language; they also vote in Detect. Words that carry meaning in a policy or a
// contract (not, no, may, must) are left in.
var stopWords = [languageCount]map[string]bool{
	English: set(`a an and are as at be been but by for from had has have he her his i if in into is it its of on or she
		so than that the their them then there these they this to was we were which will with you your`),
	German: set(`aber als am an auch auf aus bei bis das dass dem den der des die dies diese dieser durch ein eine einem
		einen einer eines er es für hat ich ihr im in ist mit nach oder sich sie sind so über um und uns unter vom von vor
		war werden wir wird zu zum zur`),
	French: set(`à au aux avec ce ces cette dans de des du elle en est et eux il ils je la le les leur leurs mais même
		nous on ont ou par pour qu que qui sa se ses son sont sur un une vos votre vous`),
	Spanish: set(`a al ante con de del desde el ella ellos en entre es esta este esto estos fue ha han la las le les lo
		los me mi más o para pero por que se ser si sin sobre son su sus también un una uno y ya`),
	Italian: set(`a ad ai al alla alle anche che chi ci con da dai dal dalla dei del della delle di e ed gli ha hanno i
		il in io la le lo ma nei nel nella o per più questa questo se si sono su sul sulla tra un una uno è`),
	Dutch: set(`aan als bij dat de der deze die dit door een en er het heeft hij hun ik in is kan maar met naar nog of om
		onder ook op over te tot uit van voor was wat werd wij worden wordt ze zich zij zijn zoals`),
	Portuguese: set(`a ao aos as até com como da das de do dos e ela ele em entre era essa esse esta este eu foi há isso
		já mais mas na nas no nos o os ou para pela pelo por que se sem ser seu sua são também um uma é à`),
}

// askWords are left out of a question too: they say how is asked, not what
// about. They are indexed, and searched when nothing else is left.
var askWords = [languageCount]map[string]bool{
	English: set(`about am any anyone anything can could did do does doing explain find give how know let like list look
		me mean my need no not our please say says should show some tell us want what when where who whom whose why
		would s t re ve ll d m`),
	German: set(`bitte darf gibt habe haben kann kannst könnte man mein meine mir muss nicht sag sage soll unser unsere
		wann warum was welche welchem welchen welcher welches wem wen wer weshalb wie wieso wo wofür woher wohin zeig zeige`),
	French: set(`ai as avez avons c combien comment d dis dites donne est-ce faire faut j l m me mes moi mon montre n ne où
		pas peut peux pourquoi puis quand quel quelle quelles quels quoi s ta y`),
	Spanish: set(`cuál cuáles cuándo cuánto cómo dime dónde está favor hay necesito no nos nuestra nuestro por puede puedo
		qué quién quiénes tengo tiene`),
	Italian: set(`c come cosa cos cui d devo dimmi dove favore l mi mia mio mostra noi non nostra nostro perché posso può
		quale quali quando quanto un è`),
	Dutch: set(`alsjeblieft geef hebben heb hoe hoeveel kun mag mij mijn moet niet ons onze toon vertel waar waarom wanneer
		welk welke wie`),
	Portuguese: set(`diga existe me meu minha mostre não nossa nosso onde pode posso preciso qual quais quando quanto quem
		tem tenho`),
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
