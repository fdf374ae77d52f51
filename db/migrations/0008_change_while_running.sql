CREATE TABLE "migrated_cycles" (
	"migration_id" text NOT NULL,
	"cycle_id" text NOT NULL,
	"task_id" text NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"node" text,
	CONSTRAINT "migrated_cycles_migration_id_cycle_id_pk" PRIMARY KEY("migration_id","cycle_id")
);
--> statement-breakpoint
CREATE TABLE "pipeline_migrations" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"pipeline_id" text NOT NULL,
	"from_version" integer,
	"to_version" integer NOT NULL,
	"dry_run" boolean NOT NULL,
	"status" text NOT NULL,
	"started_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "node_setting_changes" (
	"pipeline_id" text NOT NULL,
	"node" text NOT NULL,
	"version" integer NOT NULL,
	"before" jsonb NOT NULL,
	"after" jsonb NOT NULL,
	"changed_by" text NOT NULL,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "node_setting_changes_pipeline_id_node_version_pk" PRIMARY KEY("pipeline_id","node","version")
);
--> statement-breakpoint
CREATE TABLE "node_settings" (
	"pipeline_id" text NOT NULL,
	"node" text NOT NULL,
	"version" integer NOT NULL,
	"settings" jsonb NOT NULL,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "node_settings_pipeline_id_node_pk" PRIMARY KEY("pipeline_id","node")
);
--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "retired" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "pipelines" ADD COLUMN "settings_number" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "migrated_cycles" ADD CONSTRAINT "migrated_cycles_migration_id_pipeline_migrations_id_fk" FOREIGN KEY ("migration_id") REFERENCES "public"."pipeline_migrations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipeline_migrations" ADD CONSTRAINT "pipeline_migrations_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_setting_changes" ADD CONSTRAINT "node_setting_changes_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_settings" ADD CONSTRAINT "node_settings_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "migrated_cycles_outcome" ON "migrated_cycles" USING btree ("migration_id","outcome","cycle_id");--> statement-breakpoint
CREATE INDEX "pipeline_migrations_pipeline" ON "pipeline_migrations" USING btree ("pipeline_id","id");--> statement-breakpoint
CREATE INDEX "cycles_version" ON "cycles" USING btree ("version_id","id") WHERE ended_at is null;