import type pg from 'pg';

export interface Project {
  id: string;
  name: string;
  createdAt: Date;
}

export async function findProject(pool: pg.Pool, id: string): Promise<Project | undefined> {
  const text = 'select id, name, created_at as "createdAt" from projects where id = $1';
  return (await pool.query<Project>(text, [id])).rows[0];
}
