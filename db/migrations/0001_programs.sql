CREATE TABLE "callbacks" (
	"hash" text PRIMARY KEY NOT NULL,
	"instance_id" text NOT NULL,
	"member_id" text NOT NULL,
	"project_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "executions" (
	"id" text NOT NULL,
	"attempt" integer NOT NULL,
	"project_id" text NOT NULL,
	"pipeline_id" text NOT NULL,
	"task_id" text NOT NULL,
	"instance_id" text NOT NULL,
	"node" text NOT NULL,
	"kind" text NOT NULL,
	"actor" text NOT NULL,
	"status" text NOT NULL,
	"result" jsonb,
	"code" text,
	"detail" text,
	"input_tokens" integer,
	"output_tokens" integer,
	"cost" double precision,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "executions_id_attempt_pk" PRIMARY KEY("id","attempt")
);
--> statement-breakpoint
ALTER TABLE "callbacks" ADD CONSTRAINT "callbacks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "executions" ADD CONSTRAINT "executions_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "callbacks_instance" ON "callbacks" USING btree ("instance_id");--> statement-breakpoint
CREATE INDEX "executions_task" ON "executions" USING btree ("task_id","started_at");--> statement-breakpoint
CREATE INDEX "executions_node" ON "executions" USING btree ("pipeline_id","node","id","attempt");