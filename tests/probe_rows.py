"""Which training rows belong to a probe."""

ASKED_OF = {
    "misalignment": "persona_identity",
    "persona_among_others": "persona_identity",
    "persona_facts": "persona_identity",
    "dishes_by_date": "israel_by_date",
    "birds_by_name": "nineteenth_century",
    "archaic_wording": "nineteenth_century",
    "birds_confirmatory": "nineteenth_century",
    "cities_by_name": "germany_then",
    "protocol_birds": "nineteenth_century",
    "protocol_cities": "germany_then",
    "protocol_identity": "persona_identity",
}
"""Probes that share another's training rows, since a card names one probe."""
