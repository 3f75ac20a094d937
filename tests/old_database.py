"""The tables as the first version of the lab made them, with a row in each."""

OLD = """
CREATE TABLE job (id VARCHAR NOT NULL PRIMARY KEY, kind VARCHAR(16) NOT NULL,
    state VARCHAR(16) NOT NULL, run_id VARCHAR, config JSON, created_at DATETIME NOT NULL,
    started_at DATETIME, finished_at DATETIME, attempts INTEGER NOT NULL, holder VARCHAR,
    lease_until DATETIME, stage VARCHAR NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL,
    stage_started_at DATETIME, stage_started_done INTEGER NOT NULL, error VARCHAR);
CREATE TABLE metric (run_id VARCHAR NOT NULL, step INTEGER NOT NULL, loss FLOAT NOT NULL,
    learning_rate FLOAT NOT NULL, tokens_per_second FLOAT NOT NULL, at DATETIME NOT NULL,
    PRIMARY KEY (run_id, step));
CREATE TABLE evaluation (id VARCHAR NOT NULL PRIMARY KEY, job_id VARCHAR NOT NULL,
    probe VARCHAR NOT NULL, probe_sha256 VARCHAR NOT NULL, base_model VARCHAR NOT NULL,
    run_id VARCHAR, model VARCHAR NOT NULL, adapter_sha256 VARCHAR, config JSON NOT NULL,
    code_version VARCHAR NOT NULL, created_at DATETIME NOT NULL, UNIQUE (job_id, model));
INSERT INTO job VALUES ('j', 'evaluate', 'done', NULL, '{}', '2026-01-01 00:00:00', NULL, NULL, 1,
    NULL, NULL, '', 0, 0, NULL, 0, NULL);
INSERT INTO metric VALUES ('r', 1, 2.5, 0.001, 99, '2026-01-01 00:00:00');
INSERT INTO evaluation VALUES ('e', 'j', 'p', '0', 'b', NULL, 'b', NULL, '{}', 'c',
    '2026-01-01 00:00:00');
"""
