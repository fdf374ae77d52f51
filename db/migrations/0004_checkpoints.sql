CREATE TABLE "checkpoint_items" (
	"batch_id" text NOT NULL,
	"node" text NOT NULL,
	"task_id" text NOT NULL,
	"cycle_id" text NOT NULL,
	"standing" text NOT NULL,
	"assignee" text,
	"submission_id" text,
	"payload_hash" text,
	"decided_at" bigint NOT NULL,
	"sequence" integer NOT NULL,
	"checkpoint_id" text,
	CONSTRAINT "checkpoint_items_batch_id_node_task_id_pk" PRIMARY KEY("batch_id","node","task_id")
);
--> statement-breakpoint
CREATE TABLE "checkpoints" (
	"id" text PRIMARY KEY NOT NULL,
	"batch_id" text NOT NULL,
	"node" text NOT NULL,
	"of_node" text NOT NULL,
	"per" text NOT NULL,
	"assignee" text,
	"items" integer NOT NULL,
	"version_id" text NOT NULL,
	"fired_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"context_task_id" text,
	"released_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "name" text;--> statement-breakpoint
ALTER TABLE "cycles" ADD COLUMN "checkpoint" text;--> statement-breakpoint
ALTER TABLE "checkpoint_items" ADD CONSTRAINT "checkpoint_items_batch_id_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."batches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoint_items" ADD CONSTRAINT "checkpoint_items_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoint_items" ADD CONSTRAINT "checkpoint_items_checkpoint_id_checkpoints_id_fk" FOREIGN KEY ("checkpoint_id") REFERENCES "public"."checkpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_batch_id_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."batches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "checkpoint_items_coming" ON "checkpoint_items" USING btree ("batch_id","node","assignee") WHERE standing = 'coming';--> statement-breakpoint
CREATE INDEX "checkpoint_items_waiting" ON "checkpoint_items" USING btree ("batch_id","node","assignee") WHERE standing = 'arrived' and checkpoint_id is null;--> statement-breakpoint
CREATE INDEX "checkpoint_items_fired" ON "checkpoint_items" USING btree ("checkpoint_id","task_id") WHERE checkpoint_id is not null;--> statement-breakpoint
CREATE INDEX "checkpoint_items_task" ON "checkpoint_items" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "checkpoints_batch" ON "checkpoints" USING btree ("batch_id","node","assignee");--> statement-breakpoint
CREATE INDEX "batches_project" ON "batches" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "batches_open_name" ON "batches" USING btree ("pipeline_id","name") WHERE status = 'open' and name is not null;