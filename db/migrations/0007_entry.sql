CREATE TABLE "outbox_cursors" (
	"pipeline_id" text PRIMARY KEY NOT NULL,
	"transaction" bigint NOT NULL,
	"id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "seeder_items" (
	"seeder_id" text NOT NULL,
	"row" integer NOT NULL,
	"task" jsonb NOT NULL,
	CONSTRAINT "seeder_items_seeder_id_row_pk" PRIMARY KEY("seeder_id","row")
);
--> statement-breakpoint
CREATE TABLE "seeders" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"pipeline_id" text NOT NULL,
	"batch_id" text NOT NULL,
	"keep" integer NOT NULL,
	"source" jsonb NOT NULL,
	"state" text NOT NULL,
	"cursor" text,
	"drained" boolean DEFAULT false NOT NULL,
	"fetched" integer DEFAULT 0 NOT NULL,
	"buffered" integer DEFAULT 0 NOT NULL,
	"seeded" integer DEFAULT 0 NOT NULL,
	"duplicates" integer DEFAULT 0 NOT NULL,
	"rejected" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"failures" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "triggers" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"pipeline_id" text NOT NULL,
	"batch_id" text NOT NULL,
	"node" text NOT NULL,
	"kind" text NOT NULL,
	"settings" jsonb NOT NULL,
	"task" jsonb NOT NULL,
	"once" boolean NOT NULL,
	"state" text NOT NULL,
	"source_id" text,
	"since" bigint NOT NULL,
	"token_hash" text,
	"secret" text,
	"fired" integer DEFAULT 0 NOT NULL,
	"last_fired_at" timestamp (3) with time zone,
	"last_error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "transaction" bigint;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "was" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "status" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "outcome" text;--> statement-breakpoint
ALTER TABLE "cycles" ADD COLUMN "start_node" text;--> statement-breakpoint
ALTER TABLE "outbox_cursors" ADD CONSTRAINT "outbox_cursors_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seeder_items" ADD CONSTRAINT "seeder_items_seeder_id_seeders_id_fk" FOREIGN KEY ("seeder_id") REFERENCES "public"."seeders"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seeders" ADD CONSTRAINT "seeders_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seeders" ADD CONSTRAINT "seeders_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "triggers" ADD CONSTRAINT "triggers_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "triggers" ADD CONSTRAINT "triggers_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "triggers" ADD CONSTRAINT "triggers_source_id_pipelines_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "seeders_project" ON "seeders" USING btree ("project_id","id");--> statement-breakpoint
CREATE INDEX "triggers_pipeline" ON "triggers" USING btree ("pipeline_id","id");--> statement-breakpoint
CREATE INDEX "triggers_source" ON "triggers" USING btree ("source_id");--> statement-breakpoint
CREATE UNIQUE INDEX "triggers_token" ON "triggers" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "outbox_pipeline" ON "outbox" USING btree ("pipeline_id","transaction","id");--> statement-breakpoint
CREATE INDEX "tasks_untaken" ON "tasks" USING btree ("batch_id","id") WHERE status = 'pending';