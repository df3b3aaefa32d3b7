"""Phrases that sell, in seven languages: what calls to act, offers, hurries and flatters.

A story has one here and there; an advertisement is made of them.
"""

from __future__ import annotations

from collections import Counter

from filterfeed.promotion.markers import any_of

_START = r"(?:^|[.!?:»>)]\s+)[¡]?"
"""Where a sentence begins: there verbs are imperatives."""
_WITHIN = r"\b(?:\W+\w+){0,5}?\W+"
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_PEOPLE = (
    r"(?:\w+ ){0,2}(?:readers|families|customers|users|investors|people|members|subscribers"
    r"|drivers|savers|traders|clients)\b"
)

_CALLS = any_of(
    rf"{_START}(?:please )?(?:activate|apply|book|buy|call|check|choose|claim|click|connect"
    r"|contact|create|discover|donate|download|enrol+|enter|explore|find out|get|give|grab"
    r"|install|join|learn|open|order|register|request|reserve|save|secure|see|send|shop|sign up"
    r"|start|subscribe|switch|take|test|try|unlock|upgrade|visit)\b",
    r"\b(?:sign up|register|join|order|book|buy|shop|subscribe|enrol+|download|install|claim"
    r"|start|open|try|reserve|request|donate|apply|call|activate)"
    rf"{_WITHIN}(?:now|today|here|free|tonight|below)\b",
    r"\bclick (?:here|below)|\bto get started\b|\bto (?:learn|find out) more\b",
    r"\b(?:become|be) a member\b|\bjoin us (?:live|for)\b|\bsupport independent\b",
    # German: "Jetzt anmelden!", "Sichern Sie sich ...".
    rf"\b(?:jetzt|hier|heute){_WITHIN}\w{{3,}}en(?=[.!»>]|\s*$|\s+und\b)",
    r"\b(?:sichern|melden|holen|fordern|erhalten|bestellen|testen|berechnen|lesen|erfahren"
    r"|entdecken|buchen|vereinbaren|starten|wählen|eröffnen|profitieren) sie\b",
    # French: whatever a sentence tells its reader to do ends so.
    rf"{_START}(?-i:[A-ZÉ])\w+ez\b|\bcliquez\b",
    # Spanish, Portuguese, Italian, Dutch.
    rf"{_START}(?:aprovecha|suscr[íi]bete|llama|pide|reg[íi]strate|desc[áa]rga\w*|solicita"
    r"|compra|haz|elige|calcula|estrena|contrata|ahorra|[úu]nete|entra|prueba)\b",
    rf"{_START}(?:aproveite|assine|baixe|pe[çc]a|cadastre-se|clique|inscreva-se|conhe[çc]a|abra"
    r"|garanta|invista)\b",
    rf"{_START}(?:apri|richiedi|iscriviti|abbonati|approfitta(?:ne)?|clicca|scopri|prova"
    r"|prenota|scarica|invita)\b",
    rf"{_START}(?:boek|bestel|ontvang|vraag|klik|schrijf|meld|maak|ontdek|probeer|vergelijk"
    r"|rijd)\b",
)
_OFFERS = any_of(
    r"\d+ ?% (?:off|less|discount|rabatt|de r[ée]duction|de descuento|di sconto|de desconto"
    r"|korting)\b",
    r"\b(?:save|get) (?:up to |another )?(?:[$€£]\s?\d|\d+ ?%)|\b(?:for|from|with)? ?only [$€£]\d",
    r"\bfor just [$€£]\d|\bstart(?:s|ing)? at [$€£]\d|\b(?:prices|plans) (?:from|start|begin)\b",
    r"\brather than [$€£]\d|\b(?:usually|normally|originally) (?:costs? )?[$€£]\d",
    r"\bfree (?:\w+ ){0,2}(?:trial|guide|copy|quote|shipping|delivery|webinar|e-?book|report"
    r"|consultation|training|gift|newsletter|storage|shares?|stock|brochure|account|month)\b",
    r"\b(?:free of charge|for free|is free)\b|\bno (?:obligation|upfront cost|credit card)\b",
    r"\bmoney[- ]back\b|\bno questions asked\b|\b(?:cancel|unsubscribe) (?:at )?any ?time\b",
    r"\bcode (?-i:[A-Z][A-Z0-9]{3,})\b|\b(?:lowest|best) (?:price|offer)\b|\bearly[- ]bird\b",
    r"\b(?:welcome|sign-?up|\d+%) bonus\b|\bbonus (?:reports?|gifts?)\b|\bgift subscriptions?\b",
    r"\b(?:unlimited access|lifetime (?:access|licen[cs]e|memberships?)|payment plans)\b",
    r"\b(?:bring a friend|win (?:an?|one of)|prize draw)\b",
    # German.
    r"\b(?:gratis|kostenlos)(?:e[nrms]?)?\b|\b(?:jederzeit|monatlich) kündbar\b|\bangebot gilt\b",
    r"\b(?:als dankeschön|für nur \d|unverbindlich|startguthaben|gratisaktie|neukundenbonus)",
    r"\b(?:bonus|prämie|gutschein) von \d|\bab (?:nur )?\d+(?:,\d+)? (?:euro|€)",
    # French.
    r"\bsans (?:frais|engagement)\b|\boffert(?:e?s)?\b|\bgratuit(?:e?s?|ement)\b",
    r"\boffre (?:valable|r[ée]serv[ée]e|de rentr[ée]e|exclusive)\b|\b(?:dès|à partir de) \d+ ?€",
    # Spanish, Portuguese, Italian, Dutch.
    r"\b(?:sin (?:permanencia|compromiso)|de regalo|al contratar|desde \d+ euros"
    r"|promoci[óo]n v[áa]lida|fin de existencias)\b",
    r"\b(?:sem anuidade|cashback|m[êe]s gr[áa]tis)\b",
    r"\b(?:zero canone|bonus di benvenuto|offerta valida|carta gratuita)\b",
    r"\b(?:actie geldig|proefrit|cadeau)\b",
)
_HASTE = any_of(
    r"\bhurry\b|\blast (?:chance|call)\b|\b(?:do not|don['’]t) miss\b|\bact (?:now|fast)\b",
    r"\b(?:seats|spots|places|supplies|spaces) are (?:limited|going|filling)\b|\bselling fast\b",
    r"\blimited[- ]time\b|\bwhile (?:stocks|supplies) last\b|\bonly \d+ (?:\w+ ){1,3}left\b",
    r"\bbefore the price (?:goes|doubles|rises)\b|\boffer (?:ends|expires|closes|will not)\b",
    rf"\b(?:ends|closes|expires) (?:at midnight|tonight|soon|(?:on )?{_DAY})\b",
    rf"\buntil (?:midnight|{_DAY})\b",
    r"\bnur (?:für kurze zeit|(?:noch )?bis)\b|\bsolange der vorrat\b|\bplätze sind begrenzt\b",
    r"\bbis (?:monatsende|ende \w+)\b",
    r"\bjusqu['’]au \d|\bavant la fin du mois\b|\bdès maintenant\b|\bpremier mois\b",
    r"\bs[oó]lo hasta\b|\bat[ée] (?:sexta|domingo|o dia)\b|\bfino al \d",
    r"\bgeldig tot\b|\bzolang de voorraad\b",
)
_LURES = any_of(
    r"\b(?:are you (?:tired|looking|lying|paying|ready|worried)|tired of|looking for an?"
    r"|paying too much|ready to (?:take|start|get)|what if you could|would you like|want the"
    r"|still looking|warum noch|pagas demasiado)\b[^.!?]{0,120}\?",
    r"\byou are not alone\b|\baward-winning\b|\btrusted by\b|\brated \d|\bno experience\b",
    rf"\b(?:over|more than|join|helped) \d[\d,.]*(?: million| crore)? {_PEOPLE}",
    rf"\b(?:thousands|millions) of {_PEOPLE}|\bour (?:\w+ )?(?:specialists|experts?|advisers)\b",
    r"\b(?:available on the app store|google play|next big thing|could double|could do \d+x"
    r"|ticker symbol|special report)\b",
    r"\bif (?:you do not|you don['’]t) (?:love|like) it\b|\b(?:it is|it['’]s) (?:free|easy)\b",
    r"\b(?:takes|in) (?:just |only |about )?(?:\w+ )?(?:minutes|seconds)\b",
    r"\bin (?:zwei|drei|fünf) minuten\b|\ben (?:deux|cinq) minutes\b|\bin cinque minuti\b",
)
_KINDS = {"calls": _CALLS, "offers": _OFFERS, "haste": _HASTE, "lures": _LURES}
_YOU = any_of(
    r"\b(?:you|your|yours|you['’](?:re|ll|ve)|sie|ihre?[nmrs]?|ihnen|vous|votre|vos|te|tus?|usted"
    r"|tuo|tua|tuoi|tue|ti|voc[êe]s?|seus?|suas?|je|jij|jouw|u|uw)\b"
)


def selling(text: str) -> Counter[str]:
    """How many phrases of each kind are in `text`; without those of which there are none."""
    counts = {kind: len(pattern.findall(text)) for kind, pattern in _KINDS.items()}
    return Counter({kind: count for kind, count in counts.items() if count})


def addressing(text: str) -> int:
    """How many words of `text` speak to its reader."""
    return len(_YOU.findall(text))
