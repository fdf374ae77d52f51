CREATE TABLE "pipeline_versions" (
	"id" text PRIMARY KEY NOT NULL,
	"pipeline_id" text NOT NULL,
	"version" integer NOT NULL,
	"definition" jsonb NOT NULL,
	"plan" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pipelines" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"member_id" text NOT NULL,
	"name" text NOT NULL,
	"hash" text NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "api_keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"id" uuid PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "members" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"role" text NOT NULL,
	"removed_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "projects_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"project_id" text NOT NULL,
	"key" text NOT NULL,
	"member_id" text NOT NULL,
	"request_hash" text NOT NULL,
	"update_id" text NOT NULL,
	"targets" text[],
	"status" integer,
	"answer" json,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_project_id_key_pk" PRIMARY KEY("project_id","key")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"pipeline_id" text NOT NULL,
	"task_id" text NOT NULL,
	"stream_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"decided_at" bigint NOT NULL,
	"types" text[] NOT NULL,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "timeline" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"task_id" text NOT NULL,
	"stream_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"position" integer NOT NULL,
	"decided_at" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"type" text NOT NULL,
	"instance_id" text,
	"actor" text,
	"via" text,
	"command_id" text,
	"detail" jsonb NOT NULL,
	"superseded_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "batches" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"pipeline_id" text NOT NULL,
	"kind" text NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cycles" (
	"id" text PRIMARY KEY NOT NULL,
	"task_id" text NOT NULL,
	"number" integer NOT NULL,
	"version_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "streams" (
	"id" text PRIMARY KEY NOT NULL,
	"cycle_id" text NOT NULL,
	"kind" text NOT NULL,
	"run_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"decided_at" bigint NOT NULL,
	"status" text NOT NULL,
	"outcome" text,
	"started" boolean NOT NULL,
	"nodes" text[] NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"pipeline_id" text NOT NULL,
	"batch_id" text,
	"batch_row" integer,
	"external_id" text,
	"data" jsonb NOT NULL,
	"data_hash" text NOT NULL,
	"data_title" text NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"gold" jsonb,
	"overlap" integer,
	"priority" double precision DEFAULT 0.5 NOT NULL,
	"due_at" timestamp (3) with time zone,
	"tags" text[] DEFAULT '{}'::text[] NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"outcome" text,
	"failure" text,
	"nodes" text[] DEFAULT '{}'::text[] NOT NULL,
	"cycle_id" text NOT NULL,
	"version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "drafts" (
	"instance_id" text NOT NULL,
	"member_id" text NOT NULL,
	"project_id" text NOT NULL,
	"values" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "drafts_instance_id_member_id_pk" PRIMARY KEY("instance_id","member_id")
);
--> statement-breakpoint
CREATE TABLE "node_instances" (
	"id" text PRIMARY KEY NOT NULL,
	"stream_id" text NOT NULL,
	"task_id" text NOT NULL,
	"project_id" text NOT NULL,
	"pipeline_id" text NOT NULL,
	"version_id" text NOT NULL,
	"node" text NOT NULL,
	"kind" text NOT NULL,
	"visit" integer NOT NULL,
	"slot" integer,
	"parent_id" text,
	"status" text NOT NULL,
	"availability_reason" text,
	"assignee" text,
	"performer" text,
	"outcome" text,
	"verdict" text,
	"submission_id" text,
	"draft_id" text,
	"hold_reason" text,
	"result" jsonb,
	"open_slots" integer NOT NULL,
	"excluded" text[] NOT NULL,
	"reserved_for" text,
	"reserved_until" timestamp (3) with time zone,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"claimed_at" timestamp (3) with time zone,
	"lease_until" timestamp (3) with time zone,
	"lease_ms" integer NOT NULL,
	"submitted_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"rank" double precision NOT NULL,
	"version" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payloads" (
	"project_id" text NOT NULL,
	"hash" text NOT NULL,
	"values" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payloads_project_id_hash_pk" PRIMARY KEY("project_id","hash")
);
--> statement-breakpoint
CREATE TABLE "reservations" (
	"instance_id" text NOT NULL,
	"member_id" text NOT NULL,
	"project_id" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "reservations_instance_id_member_id_pk" PRIMARY KEY("instance_id","member_id")
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"id" text PRIMARY KEY NOT NULL,
	"task_id" text NOT NULL,
	"project_id" text NOT NULL,
	"instance_id" text NOT NULL,
	"stream_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"node" text NOT NULL,
	"reviewer" text NOT NULL,
	"via" text,
	"verdict" text NOT NULL,
	"comment" text,
	"issue_tags" text[] NOT NULL,
	"fields" text[] NOT NULL,
	"reviewed_at" timestamp (3) with time zone NOT NULL,
	"superseded_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "submissions" (
	"id" text PRIMARY KEY NOT NULL,
	"task_id" text NOT NULL,
	"project_id" text NOT NULL,
	"instance_id" text NOT NULL,
	"stream_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"node" text NOT NULL,
	"performer" text NOT NULL,
	"via" text,
	"action" text NOT NULL,
	"payload_hash" text NOT NULL,
	"submitted_at" timestamp (3) with time zone NOT NULL,
	"superseded_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "pipeline_versions" ADD CONSTRAINT "pipeline_versions_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "timeline" ADD CONSTRAINT "timeline_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batches" ADD CONSTRAINT "batches_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batches" ADD CONSTRAINT "batches_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cycles" ADD CONSTRAINT "cycles_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cycles" ADD CONSTRAINT "cycles_version_id_pipeline_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."pipeline_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "streams" ADD CONSTRAINT "streams_cycle_id_cycles_id_fk" FOREIGN KEY ("cycle_id") REFERENCES "public"."cycles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_batch_id_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."batches"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_instances" ADD CONSTRAINT "node_instances_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_instances" ADD CONSTRAINT "node_instances_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payloads" ADD CONSTRAINT "payloads_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "pipeline_versions_number" ON "pipeline_versions" USING btree ("pipeline_id","version");--> statement-breakpoint
CREATE INDEX "pipeline_versions_pipeline" ON "pipeline_versions" USING btree ("pipeline_id");--> statement-breakpoint
CREATE UNIQUE INDEX "pipelines_name" ON "pipelines" USING btree ("project_id","name");--> statement-breakpoint
CREATE INDEX "api_keys_project" ON "api_keys" USING btree ("project_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "members_email" ON "members" USING btree ("project_id",lower("email"));--> statement-breakpoint
CREATE INDEX "idempotency_keys_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "outbox_recorded" ON "outbox" USING btree ("recorded_at");--> statement-breakpoint
CREATE INDEX "timeline_task" ON "timeline" USING btree ("task_id","decided_at","stream_id","sequence","position");--> statement-breakpoint
CREATE INDEX "timeline_stream" ON "timeline" USING btree ("stream_id","sequence");--> statement-breakpoint
CREATE INDEX "batches_pipeline" ON "batches" USING btree ("pipeline_id","id");--> statement-breakpoint
CREATE INDEX "cycles_task" ON "cycles" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "cycles_open" ON "cycles" USING btree ("created_at") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "streams_cycle" ON "streams" USING btree ("cycle_id");--> statement-breakpoint
CREATE INDEX "streams_recorded" ON "streams" USING btree ("recorded_at");--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_batch_row" ON "tasks" USING btree ("batch_id","batch_row");--> statement-breakpoint
CREATE INDEX "tasks_pipeline" ON "tasks" USING btree ("pipeline_id","id");--> statement-breakpoint
CREATE INDEX "tasks_status" ON "tasks" USING btree ("pipeline_id","status","id");--> statement-breakpoint
CREATE INDEX "tasks_external" ON "tasks" USING btree ("pipeline_id","external_id");--> statement-breakpoint
CREATE INDEX "tasks_hash" ON "tasks" USING btree ("pipeline_id","data_hash");--> statement-breakpoint
CREATE INDEX "node_instances_queue" ON "node_instances" USING btree ("pipeline_id","node","rank" DESC NULLS LAST,"opened_at","id") WHERE open_slots > 0;--> statement-breakpoint
CREATE INDEX "node_instances_reserved" ON "node_instances" USING btree ("pipeline_id","reserved_for","opened_at") WHERE open_slots > 0 and reserved_for is not null;--> statement-breakpoint
CREATE INDEX "node_instances_task" ON "node_instances" USING btree ("task_id","opened_at");--> statement-breakpoint
CREATE INDEX "node_instances_stream" ON "node_instances" USING btree ("stream_id");--> statement-breakpoint
CREATE INDEX "node_instances_parent" ON "node_instances" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "node_instances_assignee" ON "node_instances" USING btree ("project_id","assignee","claimed_at") WHERE assignee is not null;--> statement-breakpoint
CREATE INDEX "node_instances_performer" ON "node_instances" USING btree ("project_id","performer","submitted_at") WHERE performer is not null;--> statement-breakpoint
CREATE INDEX "reservations_expiry" ON "reservations" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "reviews_task" ON "reviews" USING btree ("task_id","reviewed_at");--> statement-breakpoint
CREATE INDEX "reviews_stream" ON "reviews" USING btree ("stream_id","sequence");--> statement-breakpoint
CREATE INDEX "submissions_task" ON "submissions" USING btree ("task_id","submitted_at");--> statement-breakpoint
CREATE INDEX "submissions_stream" ON "submissions" USING btree ("stream_id","sequence");--> statement-breakpoint
CREATE INDEX "submissions_payload" ON "submissions" USING btree ("project_id","payload_hash");