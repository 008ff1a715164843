"""Test data: for every rule, changes that violate it and changes that nearly violate it.

Each case changes the sample school ``hybrid``, which keeps all rules but one, by the SQL given here. The functions that
turn a name into an id are those of ``sql/seed_lookups.sql``.
"""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Case:
    """A change of the hybrid school.

    Attributes:
        rule: The rule that it violates or nearly violates.
        why: The purpose of the case.
        sql: The change.
        says: The message of the only violation of the rule; empty for a near miss, which does not violate the rule.
        also: Other rules that the change necessarily violates.
        remedy: The expected remedy, if it depends on the case.
    """

    rule: str
    why: str
    sql: str
    says: str = ""
    also: tuple[str, ...] = ()
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.why}"


def configure(clerkship: str, setting: str) -> str:
    return f"UPDATE clerkship_configurations SET {setting} WHERE clerkship_id = clerkship_named('{clerkship}')"


def require(clerkship: str, kind: str, setting: str) -> str:
    return (
        f"UPDATE clerkship_requirements SET {setting} "
        f"WHERE clerkship_id = clerkship_named('{clerkship}') AND requirement_type = '{kind}'"
    )


def team(name: str, setting: str) -> str:
    return f"UPDATE preceptor_teams SET {setting} WHERE name = '{name}'"


def without(table: str, where: str) -> str:
    return f"DELETE FROM {table} WHERE {where}"


def stand_in(clerkship: str, primary: str, fallback: str, priority: int, allow_other: str = "FALSE") -> str:
    scope = f"clerkship_named('{clerkship}')" if clerkship else "NULL"
    return (
        "INSERT INTO preceptor_fallbacks "
        "(clerkship_id, primary_preceptor_id, fallback_preceptor_id, priority, allow_different_health_system) "
        f"VALUES ({scope}, preceptor_named('{primary}'), preceptor_named('{fallback}'), {priority}, {allow_other})"
    )


def member(team: str, preceptor: str, priority: int, role: str = "member") -> str:
    return (
        "INSERT INTO preceptor_team_members (team_id, preceptor_id, role, priority) "
        f"VALUES (team_named('{team}'), preceptor_named('{preceptor}'), '{role}', {priority})"
    )


def limit(preceptor: str, clerkship: str, a_day: int, per_block: str = "NULL") -> str:
    scope = f"clerkship_named('{clerkship}')" if clerkship else "NULL"
    return (
        "INSERT INTO preceptor_capacity_rules "
        "(preceptor_id, clerkship_id, max_students_per_day, max_students_per_block) "
        f"VALUES (preceptor_named('{preceptor}'), {scope}, {a_day}, {per_block})"
    )


def join(preceptor: str, specialty: str, system: str = "Harbor Health", site: str = "") -> str:
    """A new preceptor, with a capacity rule."""
    place = f"site_named('{system}', '{site}')" if site else "NULL"
    return (
        "INSERT INTO preceptors (name, email, specialty, health_system_id, site_id) "
        f"VALUES ('{preceptor}', '{preceptor}', '{specialty}', health_system_named('{system}'), {place}); "
        f"{limit(preceptor, '', 1)}"
    )


OPEN_DERMATOLOGY = (
    "INSERT INTO clerkships (name, specialty, required_days) VALUES ('Dermatology', 'Dermatology', 20); "
    + join("Dr. Skin", "Dermatology")
)
CONFIGURE_DERMATOLOGY = (
    f"{OPEN_DERMATOLOGY}; INSERT INTO clerkship_configurations (clerkship_id, assignment_strategy) "
    "VALUES (clerkship_named('Dermatology'), 'continuous_single')"
)
KEEP_DERMATOLOGY = configure("Dermatology", "health_system_continuity = 'enforce_same_system'")


def require_dermatology(mode: str) -> str:
    return (
        "INSERT INTO clerkship_requirements (clerkship_id, requirement_type, required_days, assignment_mode) "
        f"VALUES (clerkship_named('Dermatology'), 'outpatient', 20, '{mode}')"
    )


TEAM_OF_TWO = (
    "INSERT INTO preceptor_teams (name, clerkship_id) VALUES ('Unused', clerkship_named('Surgery')); "
    f"{member('Unused', 'Dr. Clara Jensen', 1, 'lead')}; {member('Unused', 'Dr. Darius Moore', 2)}"
)


def allow(clerkship: str, kind: str, system: str, site: str) -> str:
    """Limit a requirement to a site."""
    return (
        "INSERT INTO requirement_sites (requirement_id, site_id) "
        f"SELECT id, site_named('{system}', '{site}') FROM clerkship_requirements "
        f"WHERE clerkship_id = clerkship_named('{clerkship}') AND requirement_type = '{kind}'"
    )


def cap(site: str, a_day: int, clerkship: str = "") -> str:
    """Limit the students of a site of Summit Medical Center."""
    scope = f"clerkship_named('{clerkship}')" if clerkship else "NULL"
    return (
        "INSERT INTO site_capacity_rules (site_id, clerkship_id, max_students_per_day) "
        f"VALUES (site_named('Summit Medical Center', '{site}'), {scope}, {a_day})"
    )


def teach(elective: str, preceptor: str) -> str:
    return (
        "INSERT INTO elective_preceptors (elective_id, preceptor_id) "
        f"SELECT id, preceptor_named('{preceptor}') FROM clerkship_electives WHERE name = '{elective}'"
    )


def practice(preceptor: str, specialty: str) -> str:
    return (
        f"INSERT INTO preceptor_specialties (preceptor_id, specialty) "
        f"VALUES (preceptor_named('{preceptor}'), '{specialty}')"
    )


def only_stands_in(where: str) -> str:
    return f"UPDATE preceptors SET fallback_only = TRUE WHERE {where}"


ANY_SYSTEM = configure("Surgery", "health_system_continuity = 'no_preference'")
OPEN_UNASSIGNED = "INSERT INTO health_systems (name) VALUES ('Unassigned')"

CASES = [
    # --- area 1, assignment strategy
    Case(
        "clerkship-has-configuration",
        "a new clerkship",
        OPEN_DERMATOLOGY,
        "Dermatology has no configuration, so nothing says how its students are assigned.",
    ),
    Case(
        "clerkship-has-configuration",
        "a configuration of defaults will do",
        CONFIGURE_DERMATOLOGY,
    ),
    Case(
        "rotation-has-several-preceptors",
        "one preceptor alone",
        f"{CONFIGURE_DERMATOLOGY}; {require_dermatology('daily_rotation')}",
        "Dermatology assigns its outpatient days to a new preceptor each day, and only Dr. Skin may teach them.",
        also=("mode-matches-strategy",),
    ),
    Case(
        "rotation-has-several-preceptors",
        "two preceptors",
        f"{CONFIGURE_DERMATOLOGY}; {require_dermatology('daily_rotation')}; {join('Dr. Hair', 'Dermatology')}",
    ),
    Case(
        "rotation-has-several-preceptors",
        "two preceptors in different health systems, and a student stays in one",
        f"{CONFIGURE_DERMATOLOGY}; {KEEP_DERMATOLOGY}; {require_dermatology('daily_rotation')}; "
        f"{join('Dr. Hair', 'Dermatology', 'Summit Medical Center', 'Summit University Hospital')}",
        "Dermatology assigns its outpatient days to a new preceptor each day, and no two preceptors of one health "
        "system may teach them.",
        also=("mode-matches-strategy",),
    ),
    Case(
        "rotation-has-several-preceptors",
        "two preceptors who wait for their health system, and a student stays in one",
        f"{OPEN_UNASSIGNED}; {CONFIGURE_DERMATOLOGY.replace('Harbor Health', 'Unassigned')}; {KEEP_DERMATOLOGY}; "
        f"{require_dermatology('daily_rotation')}; {join('Dr. Hair', 'Dermatology', 'Unassigned')}",
        "Dermatology assigns its outpatient days to a new preceptor each day, and no two preceptors of one health "
        "system may teach them.",
        also=("mode-matches-strategy", "clerkship-can-be-staffed", "health-system-is-named"),
    ),
    Case(
        "rotation-has-several-preceptors",
        "a single day does not rotate",
        f"{CONFIGURE_DERMATOLOGY}; {require_dermatology('daily_rotation').replace('20', '1')}",
    ),
    Case(
        "rotation-has-several-preceptors",
        "two preceptors of the health system in which a student stays",
        f"{CONFIGURE_DERMATOLOGY}; {KEEP_DERMATOLOGY}; {require_dermatology('daily_rotation')}; "
        f"{join('Dr. Hair', 'Dermatology')}",
    ),
    Case(
        "rotation-has-several-preceptors",
        "only one of two works at the site of the requirement",
        f"{CONFIGURE_DERMATOLOGY}; {require_dermatology('daily_rotation')}; "
        f"{join('Dr. Hair', 'Dermatology', 'Summit Medical Center', 'Summit University Hospital')}; "
        f"{allow('Dermatology', 'outpatient', 'Summit Medical Center', 'Summit University Hospital')}",
        "Dermatology assigns its outpatient days to a new preceptor each day, and only Dr. Hair may teach them.",
        also=("mode-matches-strategy",),
    ),
    Case(
        "clerkship-names-differ",
        "the same in capitals",
        "INSERT INTO clerkships (name, specialty, required_days) VALUES ('SURGERY', 'Surgery', 20)",
        "Clerkship 'Surgery' is easily taken for 'SURGERY'.",
        also=("clerkship-has-configuration",),
    ),
    Case(
        "clerkship-names-differ",
        "a hyphen of another width and a blank that is no blank",
        "INSERT INTO clerkships (name, specialty, required_days) VALUES ('Sur\u2013ger\u3000y', 'Surgery', 20)",
        "Clerkship 'Sur\u2013ger\u3000y' is easily taken for 'Surgery'.",
        also=("clerkship-has-configuration",),
    ),
    Case(
        "clerkship-names-differ",
        "another word",
        "INSERT INTO clerkships (name, specialty, required_days) VALUES ('Surgery 2', 'Surgery', 20)",
    ),
    Case(
        "hybrid-mixes-modes",
        "all requirements in one mode",
        configure("Pediatrics", "assignment_strategy = 'hybrid'")
        + "; "
        + require("Pediatrics", "outpatient", "assignment_mode = 'block_based'"),
        "Pediatrics is hybrid, but all its requirements are assigned as block_based.",
        also=("team-is-used",),
    ),
    Case(
        "hybrid-mixes-modes",
        "two of three in one mode",
        require("Internal Medicine", "outpatient", "assignment_mode = 'daily_rotation'"),
    ),
    # Without any requirement, another rule reports a violation, and this rule reports none.
    Case(
        "hybrid-mixes-modes",
        "no requirement at all",
        without("clerkship_requirements", "clerkship_id = clerkship_named('Pediatrics')"),
    ),
    Case(
        "mode-matches-strategy",
        "a requirement goes its own way",
        require("Obstetrics and Gynecology", "inpatient", "assignment_mode = 'daily_rotation'"),
        "Obstetrics and Gynecology is block_based, but its inpatient requirement is assigned as daily_rotation.",
    ),
    Case(
        "mode-matches-strategy",
        "a hybrid may use any mode",
        require("Surgery", "elective", "assignment_mode = 'continuous_single'"),
    ),
    Case(
        "hybrid-mixes-modes",
        "single, with one requirement",
        configure("Pediatrics", "requirement_structure = 'single'")
        + "; "
        + without(
            "clerkship_requirements",
            "clerkship_id = clerkship_named('Pediatrics') AND requirement_type = 'inpatient'",
        ),
        "Pediatrics is hybrid, but all its requirements are assigned as continuous_team.",
        also=("requirement-days-add-up",),
    ),
    Case(
        "hybrid-mixes-modes",
        "split, with one requirement left",
        without(
            "clerkship_requirements",
            "clerkship_id = clerkship_named('Pediatrics') AND requirement_type = 'inpatient'",
        ),
    ),
    # --- area 2, grouping rules
    Case(
        "team-size-within-limits",
        "one member left",
        without("preceptor_team_members", "preceptor_id = preceptor_named('Dr. Victor Oduya')"),
        "Team 'Regional Pediatrics' counts 1 member, and should have 2 to 3 members.",
    ),
    Case(
        "team-size-within-limits",
        "nobody left",
        without("preceptor_team_members", "team_id = team_named('Regional Pediatrics')"),
        "Team 'Regional Pediatrics' counts 0 members, and should have 2 to 3 members.",
    ),
    Case(
        "team-size-within-limits",
        "more than three where nothing is set",
        f"{join('Dr. Four', 'Pediatrics')}; {join('Dr. Five', 'Pediatrics')}; "
        f"{member('Regional Pediatrics', 'Dr. Four', 3)}; {member('Regional Pediatrics', 'Dr. Five', 4)}",
        "Team 'Regional Pediatrics' counts 4 members, and should have 2 to 3 members.",
    ),
    Case(
        "team-size-within-limits",
        "fewer than what is set",
        configure("Pediatrics", "team_size_min = 3, team_size_max = 4"),
        "Team 'Regional Pediatrics' counts 2 members, and should have 3 to 4 members.",
    ),
    Case(
        "team-size-within-limits",
        "a team of no clerkship needs two",
        "INSERT INTO preceptor_teams (name) VALUES ('Floaters'); " + member("Floaters", "Dr. Mei Zhang", 1, "lead"),
        "Team 'Floaters' counts 1 member, and should have at least 2 members.",
    ),
    Case(
        "team-size-within-limits",
        "a team of no clerkship has no upper limit",
        "INSERT INTO preceptor_teams (name) VALUES ('Floaters'); "
        + "; ".join(
            member("Floaters", name, priority, "lead" if priority == 1 else "member")
            for priority, name in enumerate(
                ["Dr. Mei Zhang", "Dr. Leo Fischer", "Dr. Clara Jensen", "Dr. Darius Moore"], start=1
            )
        ),
    ),
    Case(
        "team-size-within-limits",
        "as many as what is set",
        configure("Pediatrics", "team_size_min = 2, team_size_max = 3"),
    ),
    Case(
        "team-shares-health-system",
        "a member from elsewhere",
        team("Regional Pediatrics", "require_same_health_system = TRUE"),
        "Team 'Regional Pediatrics' requires one health system, but Dr. Victor Oduya belongs to Valley Care Alliance "
        "and the team to Summit Medical Center.",
    ),
    # Two against one: the lead is the one who differs.
    Case(
        "team-shares-health-system",
        "the lead differs from most",
        f"{join('Dr. Third', 'Pediatrics', 'Valley Care Alliance')}; {member('Regional Pediatrics', 'Dr. Third', 3)}; "
        + team("Regional Pediatrics", "require_same_health_system = TRUE"),
        "Team 'Regional Pediatrics' requires one health system, but Dr. Nadia Popescu belongs to Summit Medical Center "
        "and the team to Valley Care Alliance.",
    ),
    Case(
        "team-shares-health-system",
        "a team that does not require it",
        team("Harbor Pediatrics", "require_same_health_system = FALSE"),
    ),
    Case(
        "team-shares-site",
        "a member at another site",
        team("Regional Pediatrics", "require_same_site = TRUE"),
        "Team 'Regional Pediatrics' requires one site, but Dr. Victor Oduya works at Valley Clinic and the team at "
        "Summit University Hospital.",
    ),
    Case(
        "team-shares-site",
        "a member without a site",
        f"{join('Dr. Roaming', 'Pediatrics')}; "
        + without("preceptor_team_members", "preceptor_id = preceptor_named('Dr. Gemma Doyle')")
        + f"; {member('Harbor Pediatrics', 'Dr. Roaming', 4)}",
        "Team 'Harbor Pediatrics' requires one site, but Dr. Roaming works at no fixed site and the team at "
        "Harbor Children's Clinic.",
    ),
    Case(
        "team-shares-site",
        "most work elsewhere than the lead",
        f"{join('Dr. Third', 'Pediatrics', 'Valley Care Alliance', 'Valley Clinic')}; "
        f"{member('Regional Pediatrics', 'Dr. Third', 3)}; " + team("Regional Pediatrics", "require_same_site = TRUE"),
        "Team 'Regional Pediatrics' requires one site, but Dr. Nadia Popescu works at Summit University Hospital and "
        "the team at Valley Clinic.",
    ),
    Case(
        "team-shares-site",
        "nobody has a site",
        "INSERT INTO preceptor_teams (name) VALUES ('Floaters'); "
        f"{join('Dr. Roaming', 'Pediatrics')}; {member('Floaters', 'Dr. Roaming', 1, 'lead')}; "
        + team("Floaters", "require_same_site = TRUE"),
        "Team 'Floaters' requires one site, but Dr. Roaming works at no fixed site.",
        also=("team-size-within-limits",),
        remedy="Give Dr. Roaming a site, or let 'Floaters' span sites (require_same_site = false).",
    ),
    # If one health system is required, a member of another one violates that rule, and this rule reports nothing.
    Case(
        "team-shares-site",
        "a member from another system",
        team("Regional Pediatrics", "require_same_site = TRUE, require_same_health_system = TRUE"),
    ),
    Case("team-shares-site", "all at one site", team("Harbor Pediatrics", "require_same_health_system = FALSE")),
    Case(
        "team-shares-specialty",
        "a member of another specialty",
        f"{join('Dr. Heart', 'Cardiology')}; {member('Regional Pediatrics', 'Dr. Heart', 3)}",
        "Team 'Regional Pediatrics' requires one specialty, but Dr. Heart practices Cardiology and the team "
        "Pediatrics.",
        also=("team-matches-clerkship-specialty",),
    ),
    Case(
        "team-shares-specialty",
        "a team of no clerkship",
        "INSERT INTO preceptor_teams (name, require_same_specialty) VALUES ('Floaters', TRUE); "
        f"{member('Floaters', 'Dr. Hiroshi Sato', 1, 'lead')}; {member('Floaters', 'Dr. Mei Zhang', 2)}; "
        f"{member('Floaters', 'Dr. Leo Fischer', 3)}",
        "Team 'Floaters' requires one specialty, but Dr. Hiroshi Sato practices Obstetrics and Gynecology and the team "
        "Surgery.",
    ),
    Case(
        "team-shares-specialty",
        "a team that may mix",
        f"{team('Regional Pediatrics', 'require_same_specialty = FALSE')}; "
        f"{join('Dr. Heart', 'Cardiology')}; {member('Regional Pediatrics', 'Dr. Heart', 3)}",
    ),
    Case(
        "team-matches-clerkship-specialty",
        "a member of another specialty in a team that may mix",
        f"{team('Regional Pediatrics', 'require_same_specialty = FALSE')}; "
        f"{join('Dr. Heart', 'Cardiology')}; {member('Regional Pediatrics', 'Dr. Heart', 3)}",
        "Dr. Heart practices Cardiology, but is in team 'Regional Pediatrics' of Pediatrics, whose specialty is "
        "Pediatrics.",
    ),
    Case(
        "team-matches-clerkship-specialty",
        "a team of no clerkship",
        "INSERT INTO preceptor_teams (name) VALUES ('Floaters'); "
        f"{member('Floaters', 'Dr. Mei Zhang', 1, 'lead')}; {member('Floaters', 'Dr. Hiroshi Sato', 2)}",
    ),
    Case(
        "team-strategy-has-team",
        "no team for a requirement that needs one",
        require("Surgery", "outpatient", "assignment_mode = 'continuous_team'"),
        "Surgery is assigned to teams (continuous_team), but has no team it can use.",
    ),
    Case(
        "team-strategy-has-team",
        "no team for a strategy that needs one",
        f"{CONFIGURE_DERMATOLOGY}; {configure('Dermatology', 'assignment_strategy = $$continuous_team$$')}; "
        "INSERT INTO clerkship_requirements (clerkship_id, requirement_type, required_days, assignment_mode) "
        "VALUES (clerkship_named('Dermatology'), 'outpatient', 20, 'continuous_team')",
        "Dermatology is assigned to teams (continuous_team), but has no team it can use.",
    ),
    Case(
        "team-strategy-has-team",
        "no team for a clerkship that is not configured yet",
        f"{OPEN_DERMATOLOGY}; "
        "INSERT INTO clerkship_requirements (clerkship_id, requirement_type, required_days, assignment_mode) "
        "VALUES (clerkship_named('Dermatology'), 'outpatient', 20, 'continuous_team')",
        "Dermatology is assigned to teams (continuous_team), but has no team it can use.",
        also=("clerkship-has-configuration",),
    ),
    Case(
        "team-strategy-has-team",
        "a mode that is at odds with the strategy",
        require("Obstetrics and Gynecology", "inpatient", "assignment_mode = 'continuous_team'"),
    ),
    Case(
        "team-strategy-has-team",
        "a team that any clerkship may use",
        require("Surgery", "outpatient", "assignment_mode = 'continuous_team'")
        + "; INSERT INTO preceptor_teams (name) VALUES ('Floaters')",
    ),
    Case(
        "team-has-one-lead",
        "no lead",
        "UPDATE preceptor_team_members SET role = 'member' WHERE team_id = team_named('Harbor Pediatrics')",
        "Team 'Harbor Pediatrics' has no lead among 3 members.",
    ),
    Case(
        "team-has-one-lead",
        "several leads",
        "UPDATE preceptor_team_members SET role = 'lead' WHERE team_id = team_named('Harbor Pediatrics')",
        "Team 'Harbor Pediatrics' has several leads among 3 members.",
    ),
    Case(
        "team-has-one-lead",
        "two leads",
        "UPDATE preceptor_team_members SET role = 'lead' WHERE team_id = team_named('Regional Pediatrics')",
        "Team 'Regional Pediatrics' has several leads among 2 members.",
    ),
    Case(
        "team-has-one-lead",
        "another lead",
        "UPDATE preceptor_team_members "
        "SET role = CASE preceptor_id WHEN preceptor_named('Dr. Gemma Doyle') THEN 'lead' ELSE 'member' END "
        "WHERE team_id = team_named('Harbor Pediatrics')",
    ),
    Case("team-has-one-lead", "a team without members", "INSERT INTO preceptor_teams (name) VALUES ('Floaters')"),
    # --- area 3, requirement structure
    Case(
        "requirement-days-add-up",
        "a day too many",
        require("Surgery", "outpatient", "required_days = 21"),
        "Surgery lasts 60 days, but its requirements add up to 61.",
    ),
    Case(
        "requirement-days-add-up",
        "a shorter clerkship",
        "UPDATE clerkships SET required_days = 59 WHERE name = 'Surgery'",
        "Surgery lasts 59 days, but its requirements add up to 60.",
    ),
    Case(
        "requirement-days-add-up",
        "days moved from one to another",
        require("Surgery", "outpatient", "required_days = 19")
        + "; "
        + require("Surgery", "elective", "required_days = 6"),
    ),
    Case(
        "clerkship-has-requirement",
        "a configured clerkship",
        CONFIGURE_DERMATOLOGY,
        "Dermatology is configured, but has no requirement, so none of its days can be scheduled.",
    ),
    Case("clerkship-has-requirement", "a clerkship that is not configured yet", OPEN_DERMATOLOGY),
    Case(
        "structure-matches-requirements",
        "single with several",
        configure("Surgery", "requirement_structure = 'single'"),
        "Surgery has the requirement structure single, but its requirements are: elective, inpatient, outpatient.",
        remedy="Make the requirement_structure of Surgery split, or change its requirements.",
    ),
    Case(
        "structure-matches-requirements",
        "split with one",
        configure("Obstetrics and Gynecology", "requirement_structure = 'split'"),
        "Obstetrics and Gynecology has the requirement structure split, but its requirements are: inpatient.",
    ),
    Case(
        "structure-matches-requirements",
        "split into two",
        without(
            "clerkship_requirements",
            "clerkship_id = clerkship_named('Internal Medicine') AND requirement_type = 'outpatient'",
        ),
    ),
    Case(
        "structure-matches-requirements",
        "no requirement at all",
        without("clerkship_requirements", "clerkship_id = clerkship_named('Pediatrics')"),
    ),
    # --- area 4, capacity limits
    Case(
        "capacity-is-set",
        "a new preceptor",
        "INSERT INTO preceptors (name, email, specialty, health_system_id, max_students) "
        "VALUES ('Dr. New', 'new', 'Surgery', health_system_named('Harbor Health'), 3)",
        "Dr. New has no capacity rule: 3 on one day at most, and any number a year.",
    ),
    Case("capacity-is-set", "a rule for one clerkship", limit("Dr. Yara Nasser", "Surgery", 1)),
    Case(
        "capacity-block-needs-blocks",
        "a limit per block without blocks",
        f"{CONFIGURE_DERMATOLOGY}; {limit('Dr. Skin', 'Dermatology', 1, '2')}; "
        "INSERT INTO clerkship_requirements (clerkship_id, requirement_type, required_days, assignment_mode) "
        "VALUES (clerkship_named('Dermatology'), 'outpatient', 20, 'continuous_single')",
        "Dr. Skin takes at most 2 students per block in Dermatology, which never uses blocks.",
    ),
    Case(
        "capacity-block-needs-blocks",
        "one requirement in blocks is enough",
        limit("Dr. Clara Jensen", "Surgery", 1, "2"),
    ),
    Case(
        "capacity-block-needs-blocks",
        "a clerkship whose requirements are not known yet",
        f"{CONFIGURE_DERMATOLOGY}; {limit('Dr. Skin', 'Dermatology', 1, '2')}",
    ),
    Case(
        "capacity-block-needs-blocks",
        "a clerkship that is not configured yet",
        f"{OPEN_DERMATOLOGY}; {limit('Dr. Skin', 'Dermatology', 1, '2')}",
    ),
    Case(
        "capacity-block-needs-blocks",
        "a rule for any clerkship",
        "UPDATE preceptor_capacity_rules SET max_students_per_block = 2 "
        "WHERE preceptor_id = preceptor_named('Dr. Mei Zhang')",
    ),
    Case(
        "capacity-within-max-students",
        "more a day than the preceptor takes",
        "UPDATE preceptor_capacity_rules SET max_students_per_day = 2 "
        "WHERE preceptor_id = preceptor_named('Dr. Mei Zhang')",
        "Dr. Mei Zhang takes 2 students a day in any clerkship, but at most 1 by max_students.",
    ),
    Case(
        "capacity-within-max-students",
        "more a day in one clerkship",
        limit("Dr. Mei Zhang", "Surgery", 2),
        "Dr. Mei Zhang takes 2 students a day in Surgery, but at most 1 by max_students.",
    ),
    Case(
        "capacity-within-max-students",
        "as many a day",
        "UPDATE preceptor_capacity_rules SET max_students_per_day = 2 "
        "WHERE preceptor_id = preceptor_named('Dr. Clara Jensen')",
    ),
    # --- area 5, health-system continuity
    Case(
        "clerkship-can-be-staffed",
        "a specialty that nobody has",
        "UPDATE clerkships SET specialty = 'Gynecology' WHERE name = 'Obstetrics and Gynecology'",
        "Obstetrics and Gynecology needs a preceptor of Gynecology, and there is none.",
    ),
    Case(
        "clerkship-can-be-staffed",
        "a new clerkship that is not configured yet",
        "INSERT INTO clerkships (name, specialty, required_days) VALUES ('Dermatology', 'Dermatology', 20)",
        "Dermatology needs a preceptor of Dermatology, and there is none.",
        also=("clerkship-has-configuration",),
    ),
    # Those who wait in Unassigned belong to no health system that a student could be kept in.
    Case(
        "clerkship-can-be-staffed",
        "one system is enforced, and all are unassigned",
        f"{OPEN_UNASSIGNED}; {CONFIGURE_DERMATOLOGY.replace('Harbor Health', 'Unassigned')}; "
        + configure("Dermatology", "health_system_continuity = 'enforce_same_system'")
        + "; INSERT INTO clerkship_requirements (clerkship_id, requirement_type, required_days, assignment_mode) "
        "VALUES (clerkship_named('Dermatology'), 'outpatient', 20, 'continuous_single')",
        "Dermatology needs a preceptor of Dermatology in a health system that its students can stay in, and there is "
        "none.",
        also=("health-system-is-named",),
    ),
    Case(
        "clerkship-can-be-staffed",
        "all are unassigned, and it does not matter",
        f"{OPEN_UNASSIGNED}; {OPEN_DERMATOLOGY.replace('Harbor Health', 'Unassigned')}",
    ),
    Case("clerkship-can-be-staffed", "one preceptor is enough", OPEN_DERMATOLOGY),
    Case(
        "health-system-is-named",
        "a preceptor in Unassigned",
        f"{OPEN_UNASSIGNED}; {join('Dr. Waiting', 'Surgery', 'Unassigned')}",
        "Dr. Waiting is still in Unassigned.",
    ),
    Case("health-system-is-named", "nobody is in Unassigned", OPEN_UNASSIGNED),
    # --- area 6, electives
    Case(
        "elective-needs-requirement",
        "an elective without days",
        "INSERT INTO clerkship_electives (configuration_id, name) VALUES (configuration_of('Pediatrics'), 'Genetics')",
        "Pediatrics lists electives (Genetics), but has no elective requirement, so no days for them.",
    ),
    Case(
        "elective-needs-requirement",
        "an elective requirement without electives",
        without("clerkship_electives", "configuration_id = configuration_of('Surgery')"),
    ),
    Case(
        "elective-fits-requirement",
        "a day too long",
        "UPDATE clerkship_electives SET minimum_days = 6 WHERE name = 'Anesthesiology'",
        "The elective Anesthesiology takes at least 6 days, but Surgery has 5 days for electives.",
    ),
    Case(
        "elective-fits-requirement",
        "longer than another requirement",
        require("Surgery", "outpatient", "required_days = 4"),
    ),
    Case(
        "elective-fits-requirement",
        "as long as the requirement",
        "UPDATE clerkship_electives SET minimum_days = 5 WHERE name = 'Anesthesiology'",
    ),
    Case(
        "elective-can-be-staffed",
        "a specialty that nobody has",
        "UPDATE clerkship_electives SET specialty = 'Urology' WHERE name = 'Anesthesiology'",
        "The elective Anesthesiology of Surgery needs a preceptor of Urology, and there is none.",
    ),
    Case(
        "elective-can-be-staffed",
        "an elective for any specialty",
        "UPDATE clerkship_electives SET specialty = NULL WHERE name = 'Anesthesiology'",
    ),
    # --- area 7, fallback system
    Case(
        "fallback-has-no-cycle",
        "each for the other",
        stand_in("Surgery", "Dr. Darius Moore", "Dr. Clara Jensen", 1),
        "In Surgery, these stand in for each other in a circle: Dr. Clara Jensen, Dr. Darius Moore.",
    ),
    Case(
        "fallback-has-no-cycle",
        "a longer way round",
        stand_in("", "Dr. Wendy Clarke", "Dr. Hiroshi Sato", 1, "TRUE"),
        "In any clerkship, these stand in for each other in a circle: Dr. Hiroshi Sato, Dr. Oscar Lund, Dr. Wendy "
        "Clarke.",
    ),
    Case(
        "fallback-has-no-cycle",
        "the way back belongs to another scope",
        stand_in("", "Dr. Darius Moore", "Dr. Clara Jensen", 1),
    ),
    Case(
        "fallback-has-no-cycle",
        "two chains of two scopes, one the way back of the other",
        "; ".join(
            stand_in(scope, primary, fallback, 1, "TRUE")
            for scope, names in {
                "": ["Dr. Darius Moore", "Dr. Leo Fischer", "Dr. Mei Zhang", "Dr. Ursula Brandt"],
                "Surgery": ["Dr. Ursula Brandt", "Dr. Mei Zhang", "Dr. Leo Fischer", "Dr. Darius Moore"],
            }.items()
            for primary, fallback in pairwise(names)
        ),
    ),
    Case(
        "fallback-has-no-cycle",
        "two ways to the same preceptor",
        stand_in("", "Dr. Hiroshi Sato", "Dr. Wendy Clarke", 2, "TRUE"),
    ),
    Case(
        "fallback-shares-specialty",
        "another specialty",
        stand_in("", "Dr. Clara Jensen", "Dr. Adaeze Nwosu", 1),
        "Dr. Adaeze Nwosu (Internal Medicine) stands in for Dr. Clara Jensen (Surgery), whose specialty is another.",
    ),
    Case(
        "fallback-shares-specialty",
        "the same specialty elsewhere",
        stand_in("", "Dr. Clara Jensen", "Dr. Leo Fischer", 1, "TRUE"),
    ),
    Case(
        "fallback-shares-health-system",
        "another health system",
        stand_in("", "Dr. Clara Jensen", "Dr. Leo Fischer", 1),
        "Dr. Leo Fischer of Summit Medical Center stands in for Dr. Clara Jensen of Harbor Health, which this fallback "
        "does not allow.",
    ),
    Case(
        "fallback-shares-health-system",
        "another health system that is allowed",
        stand_in("", "Dr. Clara Jensen", "Dr. Leo Fischer", 1, "TRUE"),
    ),
    Case(
        "fallback-is-allowed",
        "a clerkship without fallbacks",
        configure("Surgery", "fallbacks_allowed = FALSE"),
        "Dr. Darius Moore stands in for Dr. Clara Jensen in Surgery, which allows no fallbacks.",
    ),
    Case(
        "fallback-is-allowed",
        "fallbacks for any clerkship are nobody's",
        configure("Obstetrics and Gynecology", "fallbacks_allowed = FALSE"),
    ),
    Case(
        "fallback-priorities-are-contiguous",
        "a gap",
        stand_in("", "Dr. Hiroshi Sato", "Dr. Wendy Clarke", 3, "TRUE"),
        "The fallbacks of Dr. Hiroshi Sato in any clerkship have the priorities 1, 3, and should count from 1 without "
        "a gap.",
    ),
    Case(
        "fallback-priorities-are-contiguous",
        "no first",
        stand_in("", "Dr. Clara Jensen", "Dr. Darius Moore", 2),
        "The fallbacks of Dr. Clara Jensen in any clerkship have the priorities 2, and should count from 1 without a "
        "gap.",
    ),
    Case(
        "fallback-priorities-are-contiguous",
        "a gap in one clerkship",
        stand_in("Surgery", "Dr. Clara Jensen", "Dr. Leo Fischer", 3, "TRUE"),
        "The fallbacks of Dr. Clara Jensen in Surgery have the priorities 1, 3, and should count from 1 without a gap.",
    ),
    Case(
        "fallback-priorities-are-contiguous",
        "each scope counts for itself",
        stand_in("", "Dr. Adaeze Nwosu", "Dr. Boris Ivanov", 1),
    ),
    # --- area 8, block size
    Case(
        "block-fits-requirement",
        "a block longer than the requirement",
        configure("Surgery", "block_size_days = 36"),
        "A block of Surgery lasts 36 days, but its inpatient requirement has only 35.",
    ),
    Case("block-fits-requirement", "one block for all days", configure("Surgery", "block_size_days = 35")),
    Case(
        "block-divides-requirement",
        "a rest of five days",
        configure("Surgery", "block_size_days = 10"),
        "Blocks of 10 days do not fill the 35 days of the inpatient requirement of Surgery.",
    ),
    Case(
        "block-divides-requirement",
        "a rest of one day",
        configure("Surgery", "block_size_days = 17"),
        "Blocks of 17 days do not fill the 35 days of the inpatient requirement of Surgery.",
    ),
    Case(
        "block-divides-requirement",
        "no shorter blocks any more",
        configure("Internal Medicine", "allow_partial_blocks = FALSE"),
        "Blocks of 14 days do not fill the 30 days of the inpatient requirement of Internal Medicine.",
    ),
    Case(
        "block-divides-requirement",
        "a rest that is allowed",
        configure("Surgery", "block_size_days = 10, allow_partial_blocks = TRUE"),
    ),
    Case(
        "block-size-is-set",
        "no block size",
        configure("Surgery", "block_size_days = NULL"),
        "The inpatient requirement of Surgery is scheduled in blocks, but block_size_days is not set.",
    ),
    Case(
        "block-size-is-set",
        "blocks that are at odds with the strategy",
        f"{CONFIGURE_DERMATOLOGY}; "
        "INSERT INTO clerkship_requirements (clerkship_id, requirement_type, required_days, assignment_mode) "
        "VALUES (clerkship_named('Dermatology'), 'outpatient', 20, 'block_based')",
    ),
    Case(
        "block-size-is-set",
        "no blocks either",
        configure("Surgery", "block_size_days = NULL")
        + "; "
        + require("Surgery", "inpatient", "assignment_mode = 'daily_rotation'"),
    ),
    Case(
        "block-size-is-set",
        "a default of the school for another type",
        configure("Surgery", "block_size_days = NULL")
        + "; INSERT INTO school_defaults (requirement_type, block_size_days) VALUES ('outpatient', 7)",
        "The inpatient requirement of Surgery is scheduled in blocks, but block_size_days is not set.",
    ),
    Case(
        "block-size-is-set",
        "a default of the school",
        configure("Surgery", "block_size_days = NULL")
        + "; INSERT INTO school_defaults (requirement_type, block_size_days) VALUES ('inpatient', 7)",
    ),
    Case(
        "block-fits-requirement",
        "a default of the school that is too long",
        configure("Surgery", "block_size_days = NULL")
        + "; INSERT INTO school_defaults (requirement_type, block_size_days) VALUES ('inpatient', 36)",
        "A block of Surgery lasts 36 days, but its inpatient requirement has only 35.",
        remedy="Lower block_size_days of school_defaults to 35 or less, or give the requirement more days.",
    ),
    # --- parts and places
    Case(
        "requirement-minimum-fits",
        "minima that exceed the days of the clerkship",
        require("Surgery", "inpatient", "required_days = 40, minimum_days = 36, block_size_days = 10"),
        "Surgery lasts 60 days, but its requirements take at least 61.",
    ),
    Case(
        "requirement-minimum-fits",
        "days that are more, of which a student chooses fewer",
        require("Surgery", "inpatient", "required_days = 42, minimum_days = 35"),
    ),
    Case(
        "requirement-days-add-up",
        "days that are more, with a minimum",
        require("Surgery", "inpatient", "required_days = 42, minimum_days = 28"),
    ),
    Case(
        "requirement-sites-have-preceptors",
        "a site where only others work",
        allow("Surgery", "inpatient", "Harbor Health", "Harbor Children''s Clinic"),
        "The inpatient requirement of Surgery is taught at Harbor Children's Clinic, where nobody may teach it.",
    ),
    Case(
        "requirement-sites-have-preceptors",
        "another site where somebody works",
        allow("Surgery", "inpatient", "Harbor Health", "Harbor Children''s Clinic")
        + "; "
        + allow("Surgery", "inpatient", "Harbor Health", "Harbor General Hospital"),
    ),
    Case(
        "requirement-sites-have-preceptors",
        "a further site of a preceptor",
        allow("Surgery", "inpatient", "Harbor Health", "Harbor Children''s Clinic")
        + "; INSERT INTO preceptor_sites (preceptor_id, health_system_id, site_id) "
        "VALUES (preceptor_named('Dr. Clara Jensen'), health_system_named('Harbor Health'), "
        "site_named('Harbor Health', 'Harbor Children''s Clinic'))",
    ),
    Case(
        "site-takes-its-students",
        "fewer places than the preceptors there give",
        cap("Summit University Hospital", 8),
        "Summit University Hospital takes 8 students a day, but the preceptors who work only there take 9 together.",
    ),
    Case(
        "site-takes-its-students",
        "fewer places for one clerkship",
        cap("Summit University Hospital", 2, "Surgery"),
        "Summit University Hospital takes 2 students of Surgery a day, but the preceptors who work only there take 3 "
        "together.",
    ),
    Case("site-takes-its-students", "as many places", cap("Summit University Hospital", 9)),
    Case(
        "site-takes-its-students",
        "a preceptor who also works elsewhere is not counted",
        cap("Summit University Hospital", 7)
        + "; INSERT INTO preceptor_sites (preceptor_id, health_system_id, site_id) "
        "VALUES (preceptor_named('Dr. Leo Fischer'), health_system_named('Summit Medical Center'), "
        "site_named('Summit Medical Center', 'Summit Simulation Center'))",
    ),
    Case(
        "preceptors-met-exist",
        "more preceptors than there are",
        f"{require('Surgery', 'inpatient', 'preceptors_min = 6')}; {ANY_SYSTEM}",
        "In the inpatient days of Surgery a student meets 6 preceptors, but 5 may teach.",
    ),
    Case(
        "preceptors-met-exist",
        "all there are",
        f"{require('Surgery', 'inpatient', 'preceptors_min = 5')}; {ANY_SYSTEM}",
    ),
    Case(
        "preceptors-met-exist",
        "more than work in the health system where a student stays",
        require("Surgery", "inpatient", "preceptors_min = 3"),
        "In the inpatient days of Surgery a student meets 3 preceptors, but 2 of one health system may teach.",
    ),
    Case(
        "preceptors-met-exist",
        "nobody may teach at the site of the requirement",
        f"{require('Surgery', 'inpatient', 'preceptors_min = 2')}; {ANY_SYSTEM}; "
        + allow("Surgery", "inpatient", "Harbor Health", "Harbor Children''s Clinic"),
        "In the inpatient days of Surgery a student meets 2 preceptors, but 0 may teach.",
        remedy="Find preceptors who may teach them.",
        also=("requirement-sites-have-preceptors",),
    ),
    Case(
        "preceptors-met-exist",
        "all in the health system where a student stays",
        require("Surgery", "inpatient", "preceptors_min = 2"),
    ),
    Case(
        "preceptors-met-fit-mode",
        "one preceptor for all days, of two",
        require("Surgery", "outpatient", "preceptors_min = 2"),
        "The outpatient days of Surgery are assigned as continuous_single, but a student meets at least 2 preceptors "
        "there.",
    ),
    Case(
        "preceptors-met-fit-mode",
        "days that rotate, with one preceptor",
        require("Surgery", "elective", "preceptors_max = 1"),
        "The elective days of Surgery are assigned as daily_rotation, but a student meets at most 1 preceptor there.",
    ),
    Case("preceptors-met-fit-mode", "blocks with one preceptor", require("Surgery", "inpatient", "preceptors_max = 1")),
    Case(
        "elective-teacher-has-specialty",
        "a teacher of another specialty",
        teach("Cardiology", "Dr. Adaeze Nwosu"),
        "Dr. Adaeze Nwosu, who teaches the elective Cardiology of Internal Medicine, does not practice Cardiology.",
    ),
    Case(
        "elective-teacher-has-specialty",
        "a teacher with a further specialty",
        f"{teach('Cardiology', 'Dr. Adaeze Nwosu')}; {practice('Dr. Adaeze Nwosu', 'Cardiology')}",
    ),
    Case(
        "elective-teacher-has-specialty",
        "an elective of any specialty",
        teach("Quality Improvement", "Dr. Adaeze Nwosu"),
    ),
    Case(
        "elective-teacher-has-specialty",
        "a teacher who only stands in",
        teach("Quality Improvement", "Dr. Adaeze Nwosu") + "; " + only_stands_in("name = 'Dr. Adaeze Nwosu'"),
        "Dr. Adaeze Nwosu, who teaches the elective Quality Improvement of Internal Medicine, only stands in for "
        "others.",
    ),
    Case(
        "elective-can-be-staffed",
        "a named teacher who has to be of the specialty",
        "UPDATE clerkship_electives SET specialty = 'Acupuncture' WHERE name = 'Quality Improvement'; "
        + teach("Quality Improvement", "Dr. Adaeze Nwosu"),
    ),
    Case(
        "required-electives-fit",
        "two required electives that take more than all days",
        "UPDATE clerkship_electives SET is_required = TRUE, minimum_days = 3 "
        "WHERE name IN ('Orthopedic Surgery', 'Anesthesiology')",
        "The required electives of Surgery take 6 days together, but it has 5 days for electives.",
    ),
    Case(
        "required-electives-fit",
        "two required electives that take all days",
        "UPDATE clerkship_electives SET is_required = TRUE, minimum_days = CASE name WHEN 'Anesthesiology' THEN 3 "
        "ELSE 2 END WHERE name IN ('Orthopedic Surgery', 'Anesthesiology')",
    ),
    # --- people
    Case(
        "fallback-only-has-colleague",
        "all of a specialty only stand in",
        only_stands_in("specialty = 'Obstetrics and Gynecology'"),
        "Obstetrics and Gynecology has nobody to teach it: all of Obstetrics and Gynecology only stand in for others "
        "(Dr. Hiroshi Sato, Dr. Oscar Lund, Dr. Wendy Clarke).",
    ),
    Case(
        "fallback-only-has-colleague",
        "all but one only stand in",
        only_stands_in("specialty = 'Obstetrics and Gynecology' AND name <> 'Dr. Oscar Lund'"),
    ),
    Case(
        "clerkship-can-be-staffed",
        "a further specialty will do",
        "UPDATE clerkships SET specialty = 'Toxicology' WHERE name = 'Obstetrics and Gynecology'; "
        + practice("Dr. Oscar Lund", "Toxicology"),
    ),
    Case(
        "fallback-shares-specialty",
        "a specialty that is further for both",
        stand_in("", "Dr. Clara Jensen", "Dr. Gemma Doyle", 1)
        + f"; {practice('Dr. Clara Jensen', 'Ethics')}; {practice('Dr. Gemma Doyle', 'Ethics')}",
    ),
    Case(
        "team-shares-site",
        "a further site will do",
        f"{member('Harbor Pediatrics', 'Dr. Clara Jensen', 4)}; "
        "UPDATE preceptor_teams SET require_same_specialty = FALSE WHERE name = 'Harbor Pediatrics'; "
        "INSERT INTO preceptor_sites (preceptor_id, health_system_id, site_id) "
        "VALUES (preceptor_named('Dr. Clara Jensen'), health_system_named('Harbor Health'), "
        "site_named('Harbor Health', 'Harbor Children''s Clinic'))",
    ),
    Case(
        "team-shares-site",
        "a site that is a further one of those who come first",
        "INSERT INTO preceptor_teams (name, require_same_site) VALUES ('Mixed', TRUE); "
        f"{member('Mixed', 'Dr. Clara Jensen', 1, 'lead')}; {member('Mixed', 'Dr. Eva Lindgren', 2)}; "
        "INSERT INTO preceptor_sites (preceptor_id, health_system_id, site_id) "
        "VALUES (preceptor_named('Dr. Clara Jensen'), health_system_named('Harbor Health'), "
        "site_named('Harbor Health', 'Harbor Children''s Clinic'))",
    ),
    Case(
        "team-shares-specialty",
        "a specialty that is a further one of who comes first",
        "UPDATE preceptors SET specialty = 'Neonatology' WHERE name = 'Dr. Eva Lindgren'; "
        + practice("Dr. Eva Lindgren", "Pediatrics"),
    ),
    Case(
        "team-size-within-limits",
        "a preceptor who only stands in does not count either",
        only_stands_in("name = 'Dr. Victor Oduya'"),
        "Team 'Regional Pediatrics' counts 1 member, and should have 2 to 3 members.",
    ),
    Case(
        "team-size-within-limits",
        "a member who only stands in does not count",
        "UPDATE preceptor_team_members SET fallback_only = TRUE "
        "WHERE preceptor_id = preceptor_named('Dr. Victor Oduya')",
        "Team 'Regional Pediatrics' counts 1 member, and should have 2 to 3 members.",
    ),
    # --- names
    Case(
        "health-system-names-differ",
        "the same with a hyphen",
        "INSERT INTO health_systems (name) VALUES ('Harbor-Health')",
        "Health system 'Harbor-Health' is easily taken for 'Harbor Health'.",
    ),
    Case("health-system-names-differ", "a longer name", "INSERT INTO health_systems (name) VALUES ('Harbor Health 2')"),
    Case(
        "site-names-differ",
        "the same with two blanks",
        "INSERT INTO sites (health_system_id, name, site_type) "
        "SELECT health_system_id, replace(name, ' ', '  '), 'clinic' FROM sites WHERE name = 'Valley Clinic'",
        "Site 'Valley Clinic' is easily taken for 'Valley  Clinic'.",
    ),
    Case(
        "site-names-differ",
        "the same name in another health system",
        "INSERT INTO sites (health_system_id, name, site_type) "
        "SELECT health_systems.id, lower(sites.name), 'clinic' FROM sites JOIN health_systems "
        "ON health_systems.id <> sites.health_system_id ORDER BY sites.name, health_systems.name LIMIT 1",
    ),
    Case(
        "preceptor-emails-differ",
        "the same in capitals",
        join("Dr. Twice", "Cardiology") + "; " + join("DR. TWICE", "Cardiology"),
        "The address 'Dr. Twice' is easily taken for 'DR. TWICE'.",
    ),
    Case("preceptor-emails-differ", "another address", join("Dr. Once", "Cardiology")),
    # --- teams
    Case(
        "team-is-used",
        "no requirement that a team teaches",
        TEAM_OF_TWO,
        "Team 'Unused' belongs to Surgery, and no requirement of it is taught by a team.",
    ),
    Case(
        "team-is-used",
        "a requirement that a team teaches",
        TEAM_OF_TWO + "; " + require("Surgery", "outpatient", "assignment_mode = 'continuous_team'"),
    ),
]
