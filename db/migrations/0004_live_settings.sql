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
ALTER TABLE "node_setting_changes" ADD CONSTRAINT "node_setting_changes_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_settings" ADD CONSTRAINT "node_settings_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;