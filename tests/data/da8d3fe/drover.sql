BEGIN TRANSACTION;
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('a432f767-d229-42bb-99f7-44c61446e25b','1',1795742249000,1795742249000,'drover');
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE drover_counts (
	repo_id BIGINT NOT NULL, 
	issue INTEGER NOT NULL, 
	sha TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	remaining INTEGER NOT NULL, 
	PRIMARY KEY (repo_id, issue, sha)
);
INSERT INTO "drover_counts" VALUES(1006,1,'57284da77586a412bb55574bc3231f9c3bebb8fa',1.79574225322521781921e+09,4);
CREATE TABLE drover_heads (
	repo_id BIGINT NOT NULL, 
	sha TEXT NOT NULL, 
	ref TEXT NOT NULL, 
	pushed FLOAT NOT NULL, 
	PRIMARY KEY (repo_id, sha)
);
INSERT INTO "drover_heads" VALUES(1006,'f1e28209a35071bef31dacd220955e3942f16270','refs/heads/drover/1/phase-1',1.79574225584619092937e+09);
CREATE TABLE drover_heartbeats (
	executor TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (executor)
);
INSERT INTO "drover_heartbeats" VALUES('local',0.0);
CREATE TABLE drover_intents (
	id TEXT NOT NULL, 
	repo_id BIGINT NOT NULL, 
	issue INTEGER NOT NULL, 
	asked FLOAT NOT NULL, 
	intent TEXT NOT NULL, 
	outcome TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE drover_migrations (
	repo_id BIGINT NOT NULL, 
	issue INTEGER NOT NULL, 
	installation BIGINT NOT NULL, 
	full_name TEXT NOT NULL, 
	queued BIGINT NOT NULL, 
	started BIGINT NOT NULL, 
	began FLOAT NOT NULL, 
	finished BOOLEAN NOT NULL, 
	PRIMARY KEY (repo_id, issue)
);
INSERT INTO "drover_migrations" VALUES(1006,1,1009,'acme/shop',1795742250483,1795742250482,1.79574225631620025631e+09,0);
CREATE TABLE drover_pushes (
	repo_id BIGINT NOT NULL, 
	first FLOAT NOT NULL, 
	last FLOAT NOT NULL, 
	PRIMARY KEY (repo_id)
);
CREATE TABLE drover_troubles (
	repo_id BIGINT NOT NULL, 
	issue INTEGER NOT NULL, 
	phase INTEGER NOT NULL, 
	slice TEXT NOT NULL, 
	over TEXT NOT NULL, 
	text TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (repo_id, issue, phase, slice)
);
CREATE TABLE drover_waits (
	installation BIGINT NOT NULL, 
	until FLOAT NOT NULL, 
	why TEXT NOT NULL, 
	PRIMARY KEY (installation)
);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb',1,'receive','gASV8QAAAAAAAABdlCh9lCiMCW1pZ3JhdGlvbpR9lCiMB3JlcG9faWSUTe4DjAVpc3N1ZZRLAYwMaW5zdGFsbGF0aW9ulE3xA4wJZnVsbF9uYW1llIwJYWNtZS9zaG9wlHWMBm51bWJlcpSKBvA1lBqiAXV9lCiMB3N1YmplY3SUfZQojARraW5klIwDYWxslGgETe4DaAZN8QOMBHJlcG+UaAiMBGhlYWSUjACUaAlLAIwEYmFzZZRoEYwDcmVmlGgRjARhbmV3lImMAmJ5lGgRjAVwcmVzc5RoEYwKbm90X2JlZm9yZZRHAAAAAAAAAAB1jAJhdJROdWUu',NULL,NULL,1795742250400,1795742250483,'py_pickle','drover',1795742250000);
INSERT INTO "operation_outputs" VALUES('delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb',2,'look',NULL,NULL,'look/1006/1/1795742250480',1795742250494,1795742250496,NULL,'drover',1795742250000);
INSERT INTO "operation_outputs" VALUES('delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb',3,'ratchet',NULL,NULL,'ratchet/1006/all/all/delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb',1795742250500,1795742250501,NULL,'drover',1795742250000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250480',1,'begin','gASILg==',NULL,NULL,1795742250715,1795742250721,'py_pickle','drover',1795742250000);
INSERT INTO "operation_outputs" VALUES('ratchet/1006/all/all/delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb',1,'hold','gASVFwAAAAAAAAB9lCiMCHN1YmplY3RzlCmMAmF0lE51Lg==',NULL,NULL,1795742250808,1795742250889,'py_pickle','drover',1795742250000);
INSERT INTO "operation_outputs" VALUES('47ba37a4-2798-4195-b9a7-d80df2a0cdaf',1,'find','gASV6gAAAAAAAABdlCh9lCiMCW1pZ3JhdGlvbpR9lCiMB3JlcG9faWSUTe4DjAVpc3N1ZZRLAYwMaW5zdGFsbGF0aW9ulE3xA4wJZnVsbF9uYW1llIwJYWNtZS9zaG9wlHWMBm51bWJlcpSKBvE1lBqiAXV9lIwHc3ViamVjdJR9lCiMBGtpbmSUjANhbGyUaARN7gNoBk3xA4wEcmVwb5RoCIwEaGVhZJSMAJRoCUsAjARiYXNllGgRjANyZWaUaBGMBGFuZXeUiYwCYnmUaBGMBXByZXNzlGgRjApub3RfYmVmb3JllEcAAAAAAAAAAHVzZS4=',NULL,NULL,1795742251058,1795742251086,'py_pickle','drover',1795742251000);
INSERT INTO "operation_outputs" VALUES('47ba37a4-2798-4195-b9a7-d80df2a0cdaf',2,'look',NULL,NULL,'look/1006/1/1795742250481',1795742251106,1795742251107,NULL,'drover',1795742251000);
INSERT INTO "operation_outputs" VALUES('47ba37a4-2798-4195-b9a7-d80df2a0cdaf',3,'ratchet',NULL,NULL,'ratchet/1006/all/all/47ba37a4-2798-4195-b9a7-d80df2a0cdaf',1795742251125,1795742251126,NULL,'drover',1795742251000);
INSERT INTO "operation_outputs" VALUES('delivery/9817329a-e1a4-4e3a-b7e6-c34e79f4d9bb',1,'receive','gASVagAAAAAAAABdlH2UKIwJbWlncmF0aW9ulH2UKIwHcmVwb19pZJRN7gOMBWlzc3VllEsBjAxpbnN0YWxsYXRpb26UTfEDjAlmdWxsX25hbWWUjAlhY21lL3Nob3CUdYwGbnVtYmVylIoG8TWUGqIBdWEu',NULL,NULL,1795742251218,1795742251228,'py_pickle','drover',1795742251000);
INSERT INTO "operation_outputs" VALUES('ratchet/1006/all/all/47ba37a4-2798-4195-b9a7-d80df2a0cdaf',1,'hold','gASVFwAAAAAAAAB9lCiMCHN1YmplY3RzlCmMAmF0lE51Lg==',NULL,NULL,1795742251648,1795742251722,'py_pickle','drover',1795742251000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250480',2,'turn','gASVPgAAAAAAAAB9lCiMA2RpZJSMD21hZGUgdGhlIGxhYmVsc5SFlIwKbG9va19hZ2FpbpROjAVyZXN0c5SJjARqb2JzlCl1Lg==',NULL,NULL,1795742250725,1795742253241,'py_pickle','drover',1795742253000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250480',3,'turn','gASVRwAAAAAAAAB9lCiMA2RpZJSMGHdyb3RlIHRoZSBzdGF0dXMgY29tbWVudJSFlIwKbG9va19hZ2FpbpROjAVyZXN0c5SIjARqb2JzlCl1Lg==',NULL,NULL,1795742253244,1795742253294,'py_pickle','drover',1795742253000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250481',1,'begin','gASILg==',NULL,NULL,1795742253497,1795742253501,'py_pickle','drover',1795742253000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250481',2,'turn','gASVSgAAAAAAAAB9lCiMA2RpZJSMG2Fuc3dlcmVkIGhlbHAgYnkgbWF5YTogZG9uZZSFlIwKbG9va19hZ2FpbpROjAVyZXN0c5SJjARqb2JzlCl1Lg==',NULL,NULL,1795742253504,1795742253552,'py_pickle','drover',1795742253000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250481',3,'turn','gASVTQAAAAAAAAB9lCiMA2RpZJSMHm1hZGUgcGhhc2UgMSBhdCBmMWUyODIwOWEzLCAjMpSFlIwKbG9va19hZ2FpbpROjAVyZXN0c5SJjARqb2JzlCl1Lg==',NULL,NULL,1795742253558,1795742255944,'py_pickle','drover',1795742255000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250481',4,'turn','gASVXAAAAAAAAAB9lCiMA2RpZJSMJWJyb3VnaHQgdGhlIHN0YXR1cyBjb21tZW50IHVwIHRvIGRhdGWUhZSMCmxvb2tfYWdhaW6UR0HawjoQAAAAjAVyZXN0c5SIjARqb2JzlCl1Lg==',NULL,NULL,1795742255951,1795742256061,'py_pickle','drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250481',5,'look',NULL,NULL,'look/1006/1/at-1795745856',1795742256067,1795742256069,NULL,'drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('delivery/45462d56-debd-4b7d-aa5b-3cca5d080914',1,'receive','gASVagAAAAAAAABdlH2UKIwJbWlncmF0aW9ulH2UKIwHcmVwb19pZJRN7gOMBWlzc3VllEsBjAxpbnN0YWxsYXRpb26UTfEDjAlmdWxsX25hbWWUjAlhY21lL3Nob3CUdYwGbnVtYmVylIoG8jWUGqIBdWEu',NULL,NULL,1795742256143,1795742256283,'py_pickle','drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368',1,'receive','gASV5gAAAAAAAABdlH2UKIwHc3ViamVjdJR9lCiMBGtpbmSUjARoZWFklIwHcmVwb19pZJRN7gOMDGluc3RhbGxhdGlvbpRN8QOMBHJlcG+UjAlhY21lL3Nob3CUaAWMKGYxZTI4MjA5YTM1MDcxYmVmMzFkYWNkMjIwOTU1ZTM5NDJmMTYyNzCUjAZudW1iZXKUSwKMBGJhc2WUjACUjANyZWaUjBBkcm92ZXIvMS9waGFzZS0xlIwEYW5ld5SJjAJieZRoDYwFcHJlc3OUaA2MCm5vdF9iZWZvcmWURwAAAAAAAAAAdYwCYXSUTnVhLg==',NULL,NULL,1795742256145,1795742256293,'py_pickle','drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368',2,'ratchet',NULL,NULL,'ratchet/1006/f1e28209a35071bef31dacd220955e3942f16270/head/delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368',1795742256301,1795742256304,NULL,'drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5',1,'receive','gASV3QAAAAAAAABdlH2UKIwHc3ViamVjdJR9lCiMBGtpbmSUjARoZWFklIwHcmVwb19pZJRN7gOMDGluc3RhbGxhdGlvbpRN8QOMBHJlcG+UjAlhY21lL3Nob3CUaAWMKDU3YzNiZDVmODdmZTQxYTgwMTdmODY0MDJjMjFhY2IyN2NkOTVjM2GUjAZudW1iZXKUSwOMBGJhc2WUjACUjANyZWaUjAdmZWF0dXJllIwEYW5ld5SJjAJieZRoDYwFcHJlc3OUaA2MCm5vdF9iZWZvcmWURwAAAAAAAAAAdYwCYXSUTnVhLg==',NULL,NULL,1795742256275,1795742256292,'py_pickle','drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5',2,'ratchet',NULL,NULL,'ratchet/1006/57c3bd5f87fe41a8017f86402c21acb27cd95c3a/head/delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5',1795742256327,1795742256329,NULL,'drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250482',1,'begin','gASILg==',NULL,NULL,1795742256314,1795742256338,'py_pickle','drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250482',2,'turn','gASVMwAAAAAAAAB9lCiMA2RpZJQpjApsb29rX2FnYWlulEdB2sI6EAAAAIwFcmVzdHOUiIwEam9ic5QpdS4=',NULL,NULL,1795742256341,1795742256376,'py_pickle','drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('look/1006/1/1795742250482',3,'look',NULL,NULL,'look/1006/1/at-1795745856',1795742256383,1795742256384,NULL,'drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('ratchet/1006/f1e28209a35071bef31dacd220955e3942f16270/head/delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368',1,'hold','gASVFwAAAAAAAAB9lCiMCHN1YmplY3RzlCmMAmF0lE51Lg==',NULL,NULL,1795742256544,1795742256636,'py_pickle','drover',1795742256000);
INSERT INTO "operation_outputs" VALUES('ratchet/1006/57c3bd5f87fe41a8017f86402c21acb27cd95c3a/head/delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5',1,'hold','gASVFwAAAAAAAAB9lCiMCHN1YmplY3RzlCmMAmF0lE51Lg==',NULL,NULL,1795742256541,1795742260480,'py_pickle','drover',1795742260000);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
INSERT INTO "queues" VALUES('AFC782B7C6CEE5F871A3E5F522094E5E','deliveries',NULL,8,NULL,NULL,1,0,0.4,1795742249000,1795742260568,'drover',NULL,NULL,NULL,NULL);
INSERT INTO "queues" VALUES('746D5F2754BF51FD6BA7793549086E92','looks',NULL,4,NULL,NULL,1,1,0.2,1795742249000,1795742260577,'drover',1,NULL,NULL,NULL);
INSERT INTO "queues" VALUES('07C17D9B341E726B50AA47F62035817B','ratchets',NULL,4,NULL,NULL,1,1,0.8,1795742249000,1795742260581,'drover',1,NULL,NULL,NULL);
INSERT INTO "queues" VALUES('D859ABB9C563093FF68BCEB6A921FB5C','chores',1,NULL,NULL,NULL,1,0,1.0,1795742249000,1795742260585,'drover',NULL,NULL,NULL,NULL);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('47ba37a4-2798-4195-b9a7-d80df2a0cdaf','gASVQwAAAAAAAAB9lCiMBGFyZ3OUjAhkYXRldGltZZSMCGRhdGV0aW1llJOUQwoH6gsbAREeAMiulIWUUpROhpSMBmt3YXJnc5R9lHUu',1795742250000);
INSERT INTO "workflow_input" VALUES('delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb','gASVSwEAAAAAAAB9lCiMBGFyZ3OUfZQojAhkZWxpdmVyeZSMJDcyYmE4OGI4LWI3NDEtNDZkOS1iOTlkLTVlYTMxZTdlYjJjYpSMBGtpbmSUjA5pc3N1ZXMubGFiZWxlZJSMDGluc3RhbGxhdGlvbpRN8QOMB3JlcG9faWSUTe4DjARyZXBvlIwJYWNtZS9zaG9wlIwGc2VuZGVylIwEbWF5YZSMDXNlbmRlcl9pc19ib3SUiYwFaXNzdWWUSwGMCHRyYWNraW5nlIiMA3JlZpROjANzaGGUTowEYmFzZZSMAJSMBHBsYW6UiIwHb25fcHVsbJSJjAdjb21tZW50lE6MBHRleHSUaBOMBmJlZm9yZZRoE4wGYXV0aG9ylGgTjAljaGVja19ydW6UTowGYnV0dG9ulGgTjAJhdJRHQdrCNoqE8wl1hZSMBmt3YXJnc5R9lHUu',1795742250078);
INSERT INTO "workflow_input" VALUES('look/1006/1/1795742250480','gASVZwAAAAAAAAB9lCiMBGFyZ3OUfZQojAdyZXBvX2lklE3uA4wFaXNzdWWUSwGMDGluc3RhbGxhdGlvbpRN8QOMCWZ1bGxfbmFtZZSMCWFjbWUvc2hvcJR1igbwNZQaogGJh5SMBmt3YXJnc5R9lHUu',1795742250000);
INSERT INTO "workflow_input" VALUES('ratchet/1006/all/all/delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb','gASVsQAAAAAAAAB9lCiMBGFyZ3OUfZQojARraW5klIwDYWxslIwHcmVwb19pZJRN7gOMDGluc3RhbGxhdGlvbpRN8QOMBHJlcG+UjAlhY21lL3Nob3CUjARoZWFklIwAlIwGbnVtYmVylEsAjARiYXNllGgKjANyZWaUaAqMBGFuZXeUiYwCYnmUaAqMBXByZXNzlGgKjApub3RfYmVmb3JllEcAAAAAAAAAAHWFlIwGa3dhcmdzlH2UdS4=',1795742250000);
INSERT INTO "workflow_input" VALUES('delivery/9817329a-e1a4-4e3a-b7e6-c34e79f4d9bb','gASVRQEAAAAAAAB9lCiMBGFyZ3OUfZQojAhkZWxpdmVyeZSMJDk4MTczMjlhLWUxYTQtNGUzYS1iN2U2LWMzNGU3OWY0ZDliYpSMBGtpbmSUjBRpbnN0YWxsYXRpb24uY3JlYXRlZJSMDGluc3RhbGxhdGlvbpRN8QOMB3JlcG9faWSUSwCMBHJlcG+UjACUjAZzZW5kZXKUjARhY21llIwNc2VuZGVyX2lzX2JvdJSJjAVpc3N1ZZROjAh0cmFja2luZ5SJjANyZWaUTowDc2hhlE6MBGJhc2WUaAqMBHBsYW6UiYwHb25fcHVsbJSJjAdjb21tZW50lE6MBHRleHSUaAqMBmJlZm9yZZRoCowGYXV0aG9ylGgKjAljaGVja19ydW6UTowGYnV0dG9ulGgKjAJhdJRHQdrCNorELmh1hZSMBmt3YXJnc5R9lHUu',1795742251065);
INSERT INTO "workflow_input" VALUES('look/1006/1/1795742250481','gASVZwAAAAAAAAB9lCiMBGFyZ3OUfZQojAdyZXBvX2lklE3uA4wFaXNzdWWUSwGMDGluc3RhbGxhdGlvbpRN8QOMCWZ1bGxfbmFtZZSMCWFjbWUvc2hvcJR1igbxNZQaogGJh5SMBmt3YXJnc5R9lHUu',1795742251000);
INSERT INTO "workflow_input" VALUES('ratchet/1006/all/all/47ba37a4-2798-4195-b9a7-d80df2a0cdaf','gASVsQAAAAAAAAB9lCiMBGFyZ3OUfZQojARraW5klIwDYWxslIwHcmVwb19pZJRN7gOMDGluc3RhbGxhdGlvbpRN8QOMBHJlcG+UjAlhY21lL3Nob3CUjARoZWFklIwAlIwGbnVtYmVylEsAjARiYXNllGgKjANyZWaUaAqMBGFuZXeUiYwCYnmUaAqMBXByZXNzlGgKjApub3RfYmVmb3JllEcAAAAAAAAAAHWFlIwGa3dhcmdzlH2UdS4=',1795742251000);
INSERT INTO "workflow_input" VALUES('look/1006/1/1795742250482','gASVZgAAAAAAAAB9lCiMBGFyZ3OUfZQojAdyZXBvX2lklE3uA4wFaXNzdWWUSwGMDGluc3RhbGxhdGlvbpRN8QOMCWZ1bGxfbmFtZZSMCWFjbWUvc2hvcJR1igbyNZQaogGGlIwGa3dhcmdzlH2UdS4=',1795742253567);
INSERT INTO "workflow_input" VALUES('delivery/45462d56-debd-4b7d-aa5b-3cca5d080914','gASVgwEAAAAAAAB9lCiMBGFyZ3OUfZQojAhkZWxpdmVyeZSMJDQ1NDYyZDU2LWRlYmQtNGI3ZC1hYTViLTNjY2E1ZDA4MDkxNJSMBGtpbmSUjARwdXNolIwMaW5zdGFsbGF0aW9ulE3xA4wHcmVwb19pZJRN7gOMBHJlcG+UjAlhY21lL3Nob3CUjAZzZW5kZXKUjAtkcm92ZXJbYm90XZSMDXNlbmRlcl9pc19ib3SUiIwFaXNzdWWUTowIdHJhY2tpbmeUiYwDcmVmlIwQZHJvdmVyLzEvcGhhc2UtMZSMA3NoYZSMKGYxZTI4MjA5YTM1MDcxYmVmMzFkYWNkMjIwOTU1ZTM5NDJmMTYyNzCUjARiYXNllIwAlIwEcGxhbpSJjAdvbl9wdWxslImMB2NvbW1lbnSUTowEdGV4dJRoFYwGYmVmb3JllGgVjAZhdXRob3KUaBWMCWNoZWNrX3J1bpROjAZidXR0b26UaBWMAmF0lEdB2sI2i/fC+HWFlIwGa3dhcmdzlH2UdS4=',1795742255871);
INSERT INTO "workflow_input" VALUES('delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368','gASVkwEAAAAAAAB9lCiMBGFyZ3OUfZQojAhkZWxpdmVyeZSMJDg2YjQxMDA5LWM4YjUtNGRjYy05ZGY1LWVkYmNkMzllMjM2OJSMBGtpbmSUjBNwdWxsX3JlcXVlc3Qub3BlbmVklIwMaW5zdGFsbGF0aW9ulE3xA4wHcmVwb19pZJRN7gOMBHJlcG+UjAlhY21lL3Nob3CUjAZzZW5kZXKUjAtkcm92ZXJbYm90XZSMDXNlbmRlcl9pc19ib3SUiIwFaXNzdWWUSwKMCHRyYWNraW5nlImMA3JlZpSMEGRyb3Zlci8xL3BoYXNlLTGUjANzaGGUjChmMWUyODIwOWEzNTA3MWJlZjMxZGFjZDIyMDk1NWUzOTQyZjE2MjcwlIwEYmFzZZSMAJSMBHBsYW6UiYwHb25fcHVsbJSJjAdjb21tZW50lE6MBHRleHSUaBWMBmJlZm9yZZRoFYwGYXV0aG9ylGgVjAljaGVja19ydW6UTowGYnV0dG9ulGgVjAJhdJRHQdrCNov7CfF1hZSMBmt3YXJnc5R9lHUu',1795742255922);
INSERT INTO "workflow_input" VALUES('look/1006/1/at-1795745856','gASVYQAAAAAAAAB9lCiMBGFyZ3OUfZQojAdyZXBvX2lklE3uA4wFaXNzdWWUSwGMDGluc3RhbGxhdGlvbpRN8QOMCWZ1bGxfbmFtZZSMCWFjbWUvc2hvcJR1SwCJh5SMBmt3YXJnc5R9lHUu',1795742256000);
INSERT INTO "workflow_input" VALUES('delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5','gASVgwEAAAAAAAB9lCiMBGFyZ3OUfZQojAhkZWxpdmVyeZSMJDAyY2ZkOWEyLWY2NjUtNGUyZS1iOTE2LThlYTk0NDZjM2VmNZSMBGtpbmSUjBNwdWxsX3JlcXVlc3Qub3BlbmVklIwMaW5zdGFsbGF0aW9ulE3xA4wHcmVwb19pZJRN7gOMBHJlcG+UjAlhY21lL3Nob3CUjAZzZW5kZXKUjARtYXlhlIwNc2VuZGVyX2lzX2JvdJSJjAVpc3N1ZZRLA4wIdHJhY2tpbmeUiYwDcmVmlIwHZmVhdHVyZZSMA3NoYZSMKDU3YzNiZDVmODdmZTQxYTgwMTdmODY0MDJjMjFhY2IyN2NkOTVjM2GUjARiYXNllIwAlIwEcGxhbpSJjAdvbl9wdWxslImMB2NvbW1lbnSUTowEdGV4dJRoFYwGYmVmb3JllGgVjAZhdXRob3KUaBWMCWNoZWNrX3J1bpROjAZidXR0b26UaBWMAmF0lEdB2sI2jAcf1XWFlIwGa3dhcmdzlH2UdS4=',1795742256113);
INSERT INTO "workflow_input" VALUES('ratchet/1006/f1e28209a35071bef31dacd220955e3942f16270/head/delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368','gASV5wAAAAAAAAB9lCiMBGFyZ3OUfZQojARraW5klIwEaGVhZJSMB3JlcG9faWSUTe4DjAxpbnN0YWxsYXRpb26UTfEDjARyZXBvlIwJYWNtZS9zaG9wlGgEjChmMWUyODIwOWEzNTA3MWJlZjMxZGFjZDIyMDk1NWUzOTQyZjE2MjcwlIwGbnVtYmVylEsCjARiYXNllIwAlIwDcmVmlIwQZHJvdmVyLzEvcGhhc2UtMZSMBGFuZXeUiYwCYnmUaAyMBXByZXNzlGgMjApub3RfYmVmb3JllEcAAAAAAAAAAHWFlIwGa3dhcmdzlH2UdS4=',1795742256000);
INSERT INTO "workflow_input" VALUES('ratchet/1006/57c3bd5f87fe41a8017f86402c21acb27cd95c3a/head/delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5','gASV3gAAAAAAAAB9lCiMBGFyZ3OUfZQojARraW5klIwEaGVhZJSMB3JlcG9faWSUTe4DjAxpbnN0YWxsYXRpb26UTfEDjARyZXBvlIwJYWNtZS9zaG9wlGgEjCg1N2MzYmQ1Zjg3ZmU0MWE4MDE3Zjg2NDAyYzIxYWNiMjdjZDk1YzNhlIwGbnVtYmVylEsDjARiYXNllIwAlIwDcmVmlIwHZmVhdHVyZZSMBGFuZXeUiYwCYnmUaAyMBXByZXNzlGgMjApub3RfYmVmb3JllEcAAAAAAAAAAHWFlIwGa3dhcmdzlH2UdS4=',1795742256000);
INSERT INTO "workflow_input" VALUES('look/1006/1/1795742250483','gASVZgAAAAAAAAB9lCiMBGFyZ3OUfZQojAdyZXBvX2lklE3uA4wFaXNzdWWUSwGMDGluc3RhbGxhdGlvbpRN8QOMCWZ1bGxfbmFtZZSMCWFjbWUvc2hvcJR1igbzNZQaogGGlIwGa3dhcmdzlH2UdS4=',1795742260611);
INSERT INTO "workflow_input" VALUES('delivery/d580404b-3827-4d3b-a2ed-c9d431956133','gASVoAEAAAAAAAB9lCiMBGFyZ3OUfZQojAhkZWxpdmVyeZSMJGQ1ODA0MDRiLTM4MjctNGQzYi1hMmVkLWM5ZDQzMTk1NjEzM5SMBGtpbmSUjBpjaGVja19ydW4ucmVxdWVzdGVkX2FjdGlvbpSMDGluc3RhbGxhdGlvbpRN8QOMB3JlcG9faWSUTe4DjARyZXBvlIwJYWNtZS9zaG9wlIwGc2VuZGVylIwEbWF5YZSMDXNlbmRlcl9pc19ib3SUiYwFaXNzdWWUTowIdHJhY2tpbmeUiYwDcmVmlIwHZmVhdHVyZZSMA3NoYZSMKDU3YzNiZDVmODdmZTQxYTgwMTdmODY0MDJjMjFhY2IyN2NkOTVjM2GUjARiYXNllIwAlIwEcGxhbpSJjAdvbl9wdWxslImMB2NvbW1lbnSUTowEdGV4dJSMEGRyb3ZlciAvIHJhdGNoZXSUjAZiZWZvcmWUaBWMBmF1dGhvcpRoFYwJY2hlY2tfcnVulE0YBIwGYnV0dG9ulIwDZml4lIwCYXSUR0HawjaNJ7DVdYWUjAZrd2FyZ3OUfZR1Lg==',1795742260620);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb','gAROLg==',NULL,1795742250000);
INSERT INTO "workflow_output" VALUES('ratchet/1006/all/all/delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb','gAROLg==',NULL,1795742250000);
INSERT INTO "workflow_output" VALUES('47ba37a4-2798-4195-b9a7-d80df2a0cdaf','gAROLg==',NULL,1795742251000);
INSERT INTO "workflow_output" VALUES('delivery/9817329a-e1a4-4e3a-b7e6-c34e79f4d9bb','gAROLg==',NULL,1795742251000);
INSERT INTO "workflow_output" VALUES('ratchet/1006/all/all/47ba37a4-2798-4195-b9a7-d80df2a0cdaf','gAROLg==',NULL,1795742251000);
INSERT INTO "workflow_output" VALUES('look/1006/1/1795742250480','gASVMgAAAAAAAABdlCiMD21hZGUgdGhlIGxhYmVsc5SMGHdyb3RlIHRoZSBzdGF0dXMgY29tbWVudJRlLg==',NULL,1795742253000);
INSERT INTO "workflow_output" VALUES('look/1006/1/1795742250481','gASVbAAAAAAAAABdlCiMG2Fuc3dlcmVkIGhlbHAgYnkgbWF5YTogZG9uZZSMHm1hZGUgcGhhc2UgMSBhdCBmMWUyODIwOWEzLCAjMpSMJWJyb3VnaHQgdGhlIHN0YXR1cyBjb21tZW50IHVwIHRvIGRhdGWUZS4=',NULL,1795742256000);
INSERT INTO "workflow_output" VALUES('delivery/45462d56-debd-4b7d-aa5b-3cca5d080914','gAROLg==',NULL,1795742256000);
INSERT INTO "workflow_output" VALUES('delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5','gAROLg==',NULL,1795742256000);
INSERT INTO "workflow_output" VALUES('delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368','gAROLg==',NULL,1795742256000);
INSERT INTO "workflow_output" VALUES('look/1006/1/1795742250482','gARdlC4=',NULL,1795742256000);
INSERT INTO "workflow_output" VALUES('ratchet/1006/f1e28209a35071bef31dacd220955e3942f16270/head/delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368','gAROLg==',NULL,1795742256000);
INSERT INTO "workflow_output" VALUES('ratchet/1006/57c3bd5f87fe41a8017f86402c21acb27cd95c3a/head/delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5','gAROLg==',NULL,1795742260000);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
INSERT INTO "workflow_schedules" VALUES('deec04ea-1387-402c-93fd-0c33fe6bad15','sweep','sweep',NULL,'*/10 * * * *','ACTIVE','gAROLg==',NULL,0,NULL,'chores','drover');
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('47ba37a4-2798-4195-b9a7-d80df2a0cdaf','SUCCESS','sweep',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742250000,1795742251000,'1','',NULL,NULL,1,'chores',NULL,NULL,NULL,1795742251000,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795742251000,'null',NULL,NULL,0,'drover','47932d20-59c6-4d6a-b405-3d957c0176b4');
INSERT INTO "workflow_status" VALUES('delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb','SUCCESS','delivery',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742250078,1795742250000,'1',NULL,NULL,NULL,1,'deliveries',NULL,NULL,NULL,1795742250000,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795742250000,'null',NULL,NULL,0,'drover',NULL);
INSERT INTO "workflow_status" VALUES('look/1006/1/1795742250480','SUCCESS','look',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742250000,1795742253000,'1','',NULL,NULL,1,'looks',NULL,NULL,NULL,1795742250000,NULL,0,'1006/1',NULL,NULL,'delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb','py_pickle',NULL,0,0,1795742253000,'null',NULL,NULL,0,'drover','4e4504f6-81a2-4772-8406-120b9152e626');
INSERT INTO "workflow_status" VALUES('ratchet/1006/all/all/delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb','SUCCESS','ratchet',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742250000,1795742250000,'1','',NULL,NULL,1,'ratchets',NULL,NULL,NULL,1795742250000,NULL,0,'1006/all',NULL,NULL,'delivery/72ba88b8-b741-46d9-b99d-5ea31e7eb2cb','py_pickle',NULL,0,0,1795742250000,'null',NULL,NULL,0,'drover','a3a7a5d4-11b9-4600-9afb-af37a2ae8532');
INSERT INTO "workflow_status" VALUES('delivery/9817329a-e1a4-4e3a-b7e6-c34e79f4d9bb','SUCCESS','delivery',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742251065,1795742251000,'1',NULL,NULL,NULL,1,'deliveries',NULL,NULL,NULL,1795742251000,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795742251000,'null',NULL,NULL,0,'drover',NULL);
INSERT INTO "workflow_status" VALUES('look/1006/1/1795742250481','SUCCESS','look',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742251000,1795742256000,'1','',NULL,NULL,1,'looks',NULL,NULL,NULL,1795742253000,NULL,0,'1006/1',NULL,NULL,'47ba37a4-2798-4195-b9a7-d80df2a0cdaf','py_pickle',NULL,0,0,1795742256000,'null',NULL,NULL,0,'drover','794f570a-cdc1-4cd2-a87f-336a294c64d2');
INSERT INTO "workflow_status" VALUES('ratchet/1006/all/all/47ba37a4-2798-4195-b9a7-d80df2a0cdaf','SUCCESS','ratchet',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742251000,1795742251000,'1','',NULL,NULL,1,'ratchets',NULL,NULL,NULL,1795742251000,NULL,0,'1006/all',NULL,NULL,'47ba37a4-2798-4195-b9a7-d80df2a0cdaf','py_pickle',NULL,0,0,1795742251000,'null',NULL,NULL,0,'drover','e992ba4d-9dcb-4ade-af48-29b5c12dc512');
INSERT INTO "workflow_status" VALUES('look/1006/1/1795742250482','SUCCESS','look',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742253567,1795742256000,'1',NULL,NULL,NULL,1,'looks',NULL,NULL,NULL,1795742256000,NULL,0,'1006/1',NULL,NULL,NULL,'py_pickle',NULL,0,0,1795742256000,'null',NULL,NULL,0,'drover',NULL);
INSERT INTO "workflow_status" VALUES('delivery/45462d56-debd-4b7d-aa5b-3cca5d080914','SUCCESS','delivery',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742255871,1795742256000,'1',NULL,NULL,NULL,1,'deliveries',NULL,NULL,NULL,1795742256000,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795742256000,'null',NULL,NULL,0,'drover',NULL);
INSERT INTO "workflow_status" VALUES('delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368','SUCCESS','delivery',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742255922,1795742256000,'1',NULL,NULL,NULL,1,'deliveries',NULL,NULL,NULL,1795742256000,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795742256000,'null',NULL,NULL,0,'drover',NULL);
INSERT INTO "workflow_status" VALUES('look/1006/1/at-1795745856','DELAYED','look',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795742256000,1795742256000,'1','',NULL,NULL,0,'looks',NULL,NULL,NULL,NULL,NULL,0,'1006/1',NULL,NULL,'look/1006/1/1795742250481','py_pickle',1795745856001,0,0,NULL,'null',NULL,NULL,0,'drover','7676251e-36fe-4f3a-99d1-349ad6b00fb3');
INSERT INTO "workflow_status" VALUES('delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5','SUCCESS','delivery',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742256113,1795742256000,'1',NULL,NULL,NULL,1,'deliveries',NULL,NULL,NULL,1795742256000,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,1795742256000,'null',NULL,NULL,0,'drover',NULL);
INSERT INTO "workflow_status" VALUES('ratchet/1006/f1e28209a35071bef31dacd220955e3942f16270/head/delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368','SUCCESS','ratchet',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742256000,1795742256000,'1','',NULL,NULL,1,'ratchets',NULL,NULL,NULL,1795742256000,NULL,0,'1006/f1e28209a35071bef31dacd220955e3942f16270',NULL,NULL,'delivery/86b41009-c8b5-4dcc-9df5-edbcd39e2368','py_pickle',NULL,0,0,1795742256000,'null',NULL,NULL,0,'drover','6adae148-64dc-4531-979f-4d4488cec4eb');
INSERT INTO "workflow_status" VALUES('ratchet/1006/57c3bd5f87fe41a8017f86402c21acb27cd95c3a/head/delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5','SUCCESS','ratchet',NULL,NULL,NULL,NULL,NULL,NULL,'local',1795742256000,1795742260000,'1','',NULL,NULL,1,'ratchets',NULL,NULL,NULL,1795742256000,NULL,0,'1006/57c3bd5f87fe41a8017f86402c21acb27cd95c3a',NULL,NULL,'delivery/02cfd9a2-f665-4e2e-b916-8ea9446c3ef5','py_pickle',NULL,0,0,1795742260000,'null',NULL,NULL,0,'drover','ee272c96-f4d3-4919-b995-b59e477bfaae');
INSERT INTO "workflow_status" VALUES('look/1006/1/1795742250483','ENQUEUED','look',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795742260611,1795742260611,'1',NULL,NULL,NULL,0,'looks',NULL,NULL,NULL,NULL,NULL,0,'1006/1',NULL,NULL,NULL,'py_pickle',NULL,0,0,NULL,'null',NULL,NULL,0,'drover',NULL);
INSERT INTO "workflow_status" VALUES('delivery/d580404b-3827-4d3b-a2ed-c9d431956133','ENQUEUED','delivery',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795742260620,1795742260620,'1',NULL,NULL,NULL,0,'deliveries',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'py_pickle',NULL,0,0,NULL,'null',NULL,NULL,0,'drover',NULL);
CREATE INDEX ix_drover_intents_repo_id ON drover_intents (repo_id);
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
COMMIT;
